"""Runs tasks side by side, and tells of the first that fails as if it had run alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def task_group() -> AsyncIterator[asyncio.TaskGroup]:
    """Wait for every task that is started within; the first failure cancels the rest, and is raised by itself."""
    try:
        async with asyncio.TaskGroup() as tasks:
            yield tasks
    except BaseExceptionGroup as failures:
        first = failures.exceptions[0]
        raise first from first.__cause__
