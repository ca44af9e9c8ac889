"""A task group that raises the first failure as it is, not within an exception group."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def task_group() -> AsyncIterator[asyncio.TaskGroup]:
    """Wait for every task that is started in it; the first failure cancels the others and is raised."""
    try:
        async with asyncio.TaskGroup() as tasks:
            yield tasks
    except BaseExceptionGroup as failures:
        first = failures.exceptions[0]
        raise first from first.__cause__
