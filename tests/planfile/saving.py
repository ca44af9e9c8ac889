"""A saved plan in a harness: made, applied, and judged by what it said."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from confsync import verbs
from confsync.apply.report import Report
from confsync.config.config import Config
from confsync.errors import ConfsyncError
from confsync.names import Address
from confsync.planfile.file import SavedPlan
from confsync.planfile.resumption import Resumption
from confsync.secret import Secret
from tests.harness import Harness

HOUR = timedelta(hours=1)
How = Callable[..., Report]


class Saving:
    """Saves plans in a harness, and applies them; `done` is what the last apply found done."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.path: Path = harness.folder / "plan.json"
        self.key: Secret | None = None
        self.done: tuple[Address, ...] = ()

    @property
    def settings(self) -> verbs.Settings:
        return verbs.Settings(fingerprint_key=self.harness.fingerprint_key, plan_key=self.key)

    def save(self, text: str | None = None, lifetime: timedelta = HOUR) -> SavedPlan:
        return verbs.save(self.harness.plan(text), self.path, lifetime, self.settings)

    def show(self) -> SavedPlan:
        return verbs.show(self.path, self.settings)

    def apply(self, config: Config | None = None) -> Report:
        return self._by(verbs.apply_saved, config)

    def approved(self, text: str | None = None) -> Report:
        return self._by(verbs.apply_approved, self.harness.config(text))

    def refusal(self, verb: Callable[[], object] | None = None) -> str:
        """What an apply says that sends nothing at all, with the class of the error before it."""
        self.harness.emulator.log.clear()
        try:
            (verb or self.apply)()
        except ConfsyncError as error:
            assert self.harness.writes == []
            return f"{type(error).__name__}: {error.happened}"
        raise AssertionError("it was applied")

    def edit(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Change the file, as somebody might."""
        content = json.loads(self.path.read_text("utf-8"))
        change(content)
        self.path.write_text(json.dumps(content), "utf-8")

    def _by(self, how: How, config: Config | None) -> Report:
        config = config or self.harness.config()
        self.harness.emulator.log.clear()
        return how(self.show(), config, self.harness.connection(), self.settings, self._review)

    def _review(self, rest: Resumption) -> None:
        self.done = rest.done
