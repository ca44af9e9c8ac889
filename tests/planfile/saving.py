"""A saved plan in a harness."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from confsync.account.blocking import BlockingAccount
from confsync.account.connection import Settings
from confsync.account.results import Plan
from confsync.account.saved_plans import load_plan
from confsync.apply.report import Report
from confsync.config.config import Config
from confsync.errors import ConfsyncError
from confsync.names import Address
from confsync.planfile.file import SavedPlan
from confsync.secret import Secret
from tests.harness import Harness
from tests.twilio.still_clock import StillClock

HOUR = timedelta(hours=1)
How = Callable[[BlockingAccount, SavedPlan], Plan]


class Saving:
    """Saves plans in a harness and applies them. `done` is what the last apply found already done."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.harness.clock = StillClock()
        self.path: Path = harness.folder / "plan.json"
        self.key: Secret | None = None
        self.done: tuple[Address, ...] = ()

    @property
    def settings(self) -> Settings:
        return Settings(fingerprint_key=self.harness.fingerprint_key, plan_key=self.key)

    def save(self, text: str | None = None, lifetime: timedelta = HOUR) -> SavedPlan:
        return self._plan(text).save(self.path, lifetime=lifetime)

    def show(self) -> SavedPlan:
        return load_plan(self.path, settings=self.settings)

    def apply(self, config: Config | None = None) -> Report:
        return self._apply(BlockingAccount.resume_plan, config)

    def approved(self, text: str | None = None) -> Report:
        return self._apply(BlockingAccount.plan_approved, self.harness.config(text))

    def refusal_of(self, verb: Callable[[], object] | None = None) -> str:
        """The error of an apply that sends no write, with its class."""
        self.harness.emulator.log.clear()
        try:
            (verb or self.apply)()
        except ConfsyncError as error:
            assert self.harness.writes == []
            return f"{type(error).__name__}: {error.happened}"
        raise AssertionError("it was applied")

    def edit(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Edit the file."""
        content = json.loads(self.path.read_text("utf-8"))
        change(content)
        self.path.write_text(json.dumps(content), "utf-8")

    def _plan(self, text: str | None) -> Plan:
        account = self.harness.account(self.harness.config(text), self.settings)
        self.harness.emulator.log.clear()
        return account.plan(self.harness.intent)

    def _apply(self, how: How, config: Config | None) -> Report:
        account = self.harness.account(config, self.settings)
        self.harness.emulator.log.clear()
        rest = how(account, self.show())
        self.done = rest.done
        return account.apply(rest).applied
