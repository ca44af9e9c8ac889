"""What an account returns: a plan to review, apply or save, and the report of an apply."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict, replace

from confsync.account.connection import Connection
from confsync.apply.adopting import adoptions_in
from confsync.apply.report import Outcome, Status
from confsync.apply.report import Report as ApplyReport
from confsync.config.config import Config
from confsync.diagnostics import Diagnostic
from confsync.errors import UsageError
from confsync.history.run import StateChange
from confsync.names import Address
from confsync.plan.change import Change
from confsync.plan.drift import Drift
from confsync.plan.plan import Guardrail, Target
from confsync.planfile.file import SavedPlan
from confsync.planning.make import LivePlan
from confsync.secret import Secret
from confsync.state.ledger import Ledger

if TYPE_CHECKING:
    from confsync.history.history import History
    from confsync.views.apply.document import ApplyDocument
    from confsync.views.drift.document import DriftDocument
    from confsync.views.plan_document import PlanDocument

LIFETIME = timedelta(hours=72)


class Plan(Struct, frozen=True, kw_only=True):
    """What an apply would do. The plan that is shown is the plan that is applied.

    A plan that resumes a saved one says in `done` which addresses need nothing more, and in `spends` which saved plan
    is spent once it is applied. A plan against a snapshot has no connection, and cannot be applied.
    """

    live: LivePlan
    created_at: datetime
    connection: Connection | None = None
    plan_key: Secret | None = None
    done: tuple[Address, ...] = ()
    spends: Mapping[str, str] = {}

    @property
    def empty(self) -> bool:
        """Whether an apply would send no write."""
        return self.live.empty

    @property
    def applyable(self) -> bool:
        """Whether an apply may start: no guardrail blocks it, every secret is available, and it was read live."""
        return self.live.applyable

    @property
    def as_of(self) -> datetime | None:
        """When the snapshot was taken that it was planned against; None for a plan of the live state."""
        return self.live.as_of

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes in the order of execution; each has an `address` and `actions`."""
        return tuple(change for change in self.live.changes if change.actions)

    @property
    def adoptions(self) -> tuple[Change, ...]:
        """The changes that adopt a live resource, and that `Account.adopt` can record by themselves."""
        return tuple(adoptions_in(self.live))

    @property
    def guardrails(self) -> tuple[Guardrail, ...]:
        """What blocks the plan; each has a `rule`, the `addresses`, a `text` and the `override` that allows it."""
        return self.live.guardrails

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What is doubtful about the configuration and the live state."""
        return self.live.warnings

    @property
    def summary(self) -> Mapping[str, int]:
        """How many resources are created, updated, replaced, deleted, adopted, moved and left as they are."""
        return asdict(self._document().summary)

    def to_json(self) -> str:
        """Return the same document as `confsync plan --json`."""
        from confsync.views.documents import document_as_json

        return document_as_json(self._document())

    def save(self, path: str | Path, *, lifetime: timedelta = LIFETIME) -> SavedPlan:
        """Write the plan to a file for `confsync apply FILE` or `resume_plan`.

        Raises LocalFileError, and UsageError if it is a file of the configuration, or the ledger, or if the plan was
        made against a snapshot.
        """
        from confsync.account.inputs import check_other_file, inputs_of
        from confsync.planfile import file as planfile

        if self.connection is None:
            raise UsageError(
                "A plan against a snapshot is not saved, because it cannot be applied.",
                hint="Make a plan of the live state: `confsync plan --out FILE`.",
            )
        check_other_file(Path(path), inputs_of(self.live.config.files, self.connection.ledger))
        saved = planfile.new_saved_plan(self.live, lifetime, datetime.now(UTC))
        planfile.write_plan_file(Path(path), saved, self.plan_key)
        return saved

    def _document(self) -> "PlanDocument":
        from confsync.views.plan_builder import plan_document

        return plan_document(self.live, 0, created_at=self.created_at)


class DriftReport(Struct, frozen=True):
    """How Twilio and the configuration differ, and which of the two changed since the last apply.

    `seconds` is how long it took to read and compare. `change` says what is different from the previous run in a
    history, if `record` found one there.
    """

    plan: Plan
    drift: Drift
    seconds: float = 0.0
    change: StateChange | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of findings of each sort, by its word in `--fail-on`."""
        return self.drift.counts

    def to_json(self) -> str:
        """Return the same document as `confsync drift --json`."""
        from confsync.views.documents import document_as_json

        return document_as_json(self.document())

    def record(self, history: "History | str | Path") -> "DriftReport":
        """Append the run to a history, and return the report with what changed since the previous complete run.

        Raises LocalFileError.
        """
        from confsync.account.past_runs import open_history
        from confsync.views.drift.record import run_of_document

        opened = open_history(history) if isinstance(history, str | Path) else history
        return replace(self, change=opened.append(run_of_document(self.document())))

    def document(self) -> "DriftDocument":
        """Build the document of a run that exits with 0."""
        from confsync.views.drift.document import drift_document, with_change

        document = drift_document(self.drift, 0, created_at=self.plan.created_at, seconds=self.seconds)
        return with_change(document, self.change)


class Report(Struct, frozen=True):
    """How an apply ended."""

    applied: ApplyReport

    @property
    def ok(self) -> bool:
        """Whether every change is done and Twilio stored every value as it was sent."""
        return not self.applied.mismatches and all(each.status is Status.DONE for each in self.applied.outcomes)

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """How each change ended; each has a `change`, a `status`, and an `error` if it failed."""
        return self.applied.outcomes

    @property
    def summary(self) -> Mapping[str, int]:
        """How many changes were created, updated, replaced, deleted, failed, not started, and unknown."""
        return asdict(self._document().summary)

    def to_json(self) -> str:
        """Return the same document as `confsync apply --json`."""
        from confsync.views.documents import document_as_json

        return document_as_json(self._document())

    def _document(self) -> "ApplyDocument":
        from confsync.views.apply.document import report_document

        return report_document(self.applied, self.applied.exit_code)


def target_of(config: Config, connection: Connection, account_sid: str, ledger: Ledger | None) -> Target:
    """Say which account a plan is for, and which ledger it was made with."""
    return Target(
        account_sid=account_sid,
        environment=config.environment.name,
        region=config.environment.region,
        base_url=connection.origin.base_url,
        emulator=connection.emulator,
        ledger=ledger.serial if ledger else None,
        lineage=ledger.lineage if ledger else "",
    )
