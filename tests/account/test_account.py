"""The library: what a program can do, and what it costs the program's event loop."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from inspect import signature
from typing import Any

import httpx
import pytest

import confsync
from confsync import errors
from confsync.account.account import Account
from confsync.account.blocking import BlockingAccount
from confsync.errors import ConfsyncError
from confsync.exit_codes import ExitCode
from confsync.state import git
from confsync.state.fingerprints import Fingerprinter
from confsync.twilio.origin import Origin
from tests.harness import Harness, InterceptingTransport

TEXT = "version: 1\nservices: {desk: {roles: {agent: {type: conversation, permissions: [sendMessage]}}}}\n"
LOOKUP = "version: 1\nservices: {nobody: {lifecycle: {lookup: true}}}\n"
HEAVY = ("pydantic", "httpx", "msgspec", "click", "deepdiff", "yaml", "asyncio")


def test_import_loads_nothing_heavy() -> None:
    program = "import sys, confsync; print(*{each.partition('.')[0] for each in sys.modules})"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert not set(HEAVY).intersection(run.stdout.split())


@pytest.mark.parametrize("name", confsync.__all__)
def test_every_public_name_exists_and_is_listed(name: str) -> None:
    assert getattr(confsync, name)
    assert name in dir(confsync)


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Accounts'"):
        _ = confsync.Accounts  # type: ignore[attr-defined]  # it does not exist


def test_a_plan_says_what_a_program_needs(harness: Harness) -> None:
    plan = harness.account(harness.config(TEXT)).plan()
    assert [(str(each.address), each.actions) for each in plan.changes] == [
        ("services/desk", ("create",)),
        ("services/desk/roles/agent", ("create",)),
    ]
    assert (plan.empty, plan.applyable, plan.guardrails) == (False, True, ())
    document = json.loads(plan.to_json())
    assert document["kind"] == "plan"
    assert document["summary"] == plan.summary
    assert plan.summary["create"] == 2


def test_a_report_says_how_each_change_ended(harness: Harness) -> None:
    account = harness.account(harness.config(TEXT))
    seen: list[str] = []
    report = account.apply(account.plan(), lambda outcome: seen.append(str(outcome.change.address)))
    assert report.ok
    assert [str(each.change.address) for each in report.outcomes] == seen
    assert json.loads(report.to_json())["summary"] == report.summary
    assert account.plan().empty


def test_a_report_has_the_exit_code_of_the_command_line(harness: Harness) -> None:
    harness.apply(TEXT)
    account = harness.account(harness.config(TEXT.replace("sendMessage", "leaveConversation")))
    plan = account.plan()
    harness.client.post(harness.path("/Services/desk/Roles/agent"), {"Permission": ["editOwnMessage"]})
    report = account.apply(plan)
    assert not report.ok
    assert json.loads(report.to_json())["exit_code"] == ExitCode.STALE


def test_a_blocked_plan_is_refused(harness: Harness) -> None:
    account = harness.account(harness.config(LOOKUP))
    plan = account.plan()
    assert [each.rule for each in plan.guardrails] == ["lookup"]
    with pytest.raises(confsync.Refused, match="The plan was not applied"):
        account.apply(plan)
    assert harness.writes == []


def test_a_plan_of_another_account_is_refused(harness: Harness) -> None:
    plan = harness.account(harness.config(TEXT)).plan()
    harness.origin = Origin("http://127.0.0.1:1")
    with pytest.raises(confsync.Refused, match="different account"):
        harness.account().apply(plan)


@contextmanager
def recorded(
    monkeypatch: pytest.MonkeyPatch,
    target: Any,  # noqa: ANN401 — anything patched
    name: str,
) -> Iterator[list[bool]]:
    """Record for each call of a function whether it held up the event loop, by running in the loop's own thread."""
    function, calls = getattr(target, name), list[bool]()

    def recording(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 — handed on
        calls.append(asyncio._get_running_loop() is not None)  # noqa: SLF001 — the public function raises instead
        return function(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(target, name, recording)
        yield calls


@pytest.mark.parametrize(
    ("target", "name"), [(git, "revision_of"), (Fingerprinter, "fingerprint"), (Fingerprinter, "compare")]
)
def test_what_blocks_does_not_block_the_event_loop(
    target: Any,  # noqa: ANN401 — anything patched
    name: str,
    harness: Harness,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.conftest.QUICK", ())
    harness.environ["KEY"] = "throw-away"
    config = harness.config("version: 1\ncredentials: {push: {type: fcm, secret: '${{ env.KEY }}'}}\n")
    account = Account(config, harness.connection(), harness.settings())

    async def plan_apply_and_plan() -> None:
        await account.apply(await account.plan())
        await account.plan()

    with recorded(monkeypatch, target, name) as held_up:
        asyncio.run(plan_apply_and_plan())
    assert held_up
    assert not any(held_up)


def test_two_applies_at_once_exclude_each_other(harness: Harness) -> None:
    account = Account(harness.config(TEXT), harness.connection(), harness.settings())

    async def apply_twice() -> list[object]:
        plan = await account.plan()
        return list(await asyncio.gather(account.apply(plan), account.apply(plan), return_exceptions=True))

    first, second = asyncio.run(apply_twice())
    assert isinstance(first, confsync.Report)
    assert first.ok
    assert isinstance(second, confsync.Locked)
    assert [each.path for each in harness.emulator.log.writes()].count("/v1/Services") == 1


def test_a_block_that_holds_the_lock_plans_and_applies_and_keeps_others_out(harness: Harness) -> None:
    account, other = harness.account(harness.config(TEXT)), harness.account()
    plan = other.plan()
    with account.locked(), account.locked():
        assert account.apply(account.plan()).ok
        with ThreadPoolExecutor() as thread, pytest.raises(confsync.Locked):
            thread.submit(other.apply, plan).result()
    with pytest.raises(confsync.Stale, match="changed since the plan was made"):
        other.apply(plan)
    assert not (harness.folder / ".confsync").exists()


class CountingAtOnce(InterceptingTransport):
    """Answers slowly, and counts the requests that came before the first answer."""

    def __init__(self, harness: Harness) -> None:
        super().__init__(harness.emulator)
        self.came, self.answered = 0, False

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        del request
        self.came += not self.answered
        await asyncio.sleep(0.01)
        self.answered = True
        return response


def test_an_apply_sends_as_many_requests_at_once_as_its_plan_reached(harness: Harness) -> None:
    text = "version: 1\nservices:\n" + "".join(f"  desk{each}: {{webhooks: {{method: POST}}}}\n" for each in range(20))
    harness.apply(text)
    harness.transport = counting = CountingAtOnce(harness)
    account = harness.account(harness.config(text.replace("POST", "GET")))
    plan = account.plan()
    counting.came, counting.answered = 0, False
    assert account.apply(plan).ok
    assert counting.came == 20


def test_a_blocking_account_has_every_method_of_an_account() -> None:
    def methods(account: type) -> dict[str, list[str]]:
        public = {name: each for name, each in vars(account).items() if not name.startswith("_")}
        return {name: list(signature(each).parameters) for name, each in public.items() if callable(each)}

    assert methods(BlockingAccount) == methods(Account)


def test_every_error_is_public() -> None:
    defined = {
        name for name, each in vars(errors).items() if isinstance(each, type) and issubclass(each, ConfsyncError)
    }
    assert defined - set(confsync.__all__) == {"Declined"}  # only the command line asks a person
