"""Concurrent tasks: the first failure cancels the others and is raised as it is."""

import asyncio

import pytest

from confsync.live.task_group import task_group


async def fail(text: str) -> None:
    raise ValueError(text) from KeyError(text)


async def fail_within(text: str) -> None:
    async with task_group() as tasks:
        tasks.create_task(fail(text))


def test_a_nested_failure_is_raised_without_its_group_and_keeps_its_cause() -> None:
    ended: list[str] = []

    async def never() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async def run() -> None:
        async with task_group() as tasks:
            tasks.create_task(never())
            tasks.create_task(fail_within("x"))

    with pytest.raises(ValueError, match="x") as caught:
        asyncio.run(run())
    assert isinstance(caught.value.__cause__, KeyError)
    assert ended == ["cancelled"]


def test_an_outside_cancellation_is_raised_as_it_is() -> None:
    async def run() -> None:
        async with task_group() as tasks:
            tasks.create_task(asyncio.Event().wait())

    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(run(), 0.01))
