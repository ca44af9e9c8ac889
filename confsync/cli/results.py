"""What commands return: one type for each kind of result.

`rendering.py` prints each type in each format. A command without a result of its own returns a plain `Result`.
"""

from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct

from confsync.cli.exit_result import DONE, ExitResult
from confsync.exit_codes import ExitCode

if TYPE_CHECKING:
    from datetime import datetime

    from confsync.account.results import DriftReport
    from confsync.account.results import Plan as MadePlan
    from confsync.apply.repair_report import RepairReport
    from confsync.apply.report import Report
    from confsync.cli.progress import Progress
    from confsync.config.config import Config
    from confsync.diagnostics import Diagnostic
    from confsync.doctor.check import Diagnosis
    from confsync.history.history import TargetHistory
    from confsync.plan.environment_diff import EnvironmentDiff
    from confsync.plan.explanation import Explanation
    from confsync.plan.exported import WrittenExport
    from confsync.plan.formatted import Formatted
    from confsync.plan.imported import WrittenImport
    from confsync.plan.listed import ListedResource
    from confsync.plan.plan import Plan
    from confsync.plan.pull import Pull
    from confsync.plan.rehearsal import Rehearsal
    from confsync.plan.starter import WrittenStarter
    from confsync.state.ledger_adoption import AdoptedLedger
    from confsync.state.rebuild import RebuiltLedger
    from confsync.state.store import LedgerState


class Result(Struct, frozen=True, kw_only=True):
    """What a run knows: at least the configuration, once it has been loaded."""

    config: "Config | None" = None

    applying: ClassVar[bool] = False
    """Whether writes may have begun."""

    formatless: ClassVar[bool] = False
    """Whether the result is the same text in every format."""

    @property
    def exit_result(self) -> ExitResult:
        """How a command with this result exits."""
        return DONE


class TextResult(Result, frozen=True, kw_only=True):
    """A text that is the same in every format."""

    text: str
    formatless: ClassVar[bool] = True


class ConfigurationResult(Result, frozen=True, kw_only=True):
    """A valid configuration, and its expanded form if that was asked for.

    If several environments are checked, `environments` names them, and `configs` has the configuration of each.
    """

    environments: tuple[str, ...] = ()
    configs: "tuple[Config, ...]" = ()
    expanded: str | None = None


class EditResult(Result, frozen=True, kw_only=True):
    """An edit of the configuration, as the lines of a diff; without any, there was nothing to edit."""

    lines: tuple[str, ...]


class PlanResult(Result, frozen=True, kw_only=True):
    """A plan. `detailed` gives guardrails and changes exit codes of their own; `brief` prints a line per resource."""

    plan: "Plan"
    created_at: "datetime"
    brief: bool = False
    detailed: bool = False
    warnings: "tuple[Diagnostic, ...]" = ()

    @property
    def exit_result(self) -> ExitResult:
        """Exit 0 whatever the plan contains, unless a detailed exit code was asked for."""
        if not self.detailed:
            return ExitResult(ExitCode.DONE, mistakes=self.warnings)
        from confsync.cli.verdict import exit_of_plan

        return exit_of_plan(self.plan)


class DriftResult(Result, frozen=True, kw_only=True):
    """How the live state differs from the configuration. `fail_on` names the sorts of findings that exit with 2."""

    found: "DriftReport"
    fail_on: tuple[str, ...]
    brief: bool = False
    warnings: "tuple[Diagnostic, ...]" = ()

    @property
    def exit_result(self) -> ExitResult:
        """Exit 2 on a finding that was asked for."""
        from msgspec.structs import replace

        from confsync.cli.verdict import exit_of_drift

        return replace(exit_of_drift(self.found.drift, self.fail_on), mistakes=self.warnings)


class HistoryResult(Result, frozen=True, kw_only=True):
    """Past runs of `drift`, read at a time."""

    past: "tuple[TargetHistory, ...]"
    read_at: "datetime"


class ApplyResult(Result, frozen=True, kw_only=True):
    """An apply: `progress` has the report, or the outcomes so far if the apply was stopped."""

    progress: "Progress"
    brief: bool = False
    applying: ClassVar[bool] = True

    @property
    def report(self) -> "Report":
        """How each change ended."""
        return self.progress.report

    @property
    def exit_result(self) -> ExitResult:
        """Exit with the code of the worst outcome."""
        from confsync.cli.verdict import exit_of_report

        return exit_of_report(self.report)


class LedgerResult(Result, frozen=True, kw_only=True):
    """What confsync owns; after a rebuild or an adoption, where that is known from."""

    state: "LedgerState"
    rebuilt: "RebuiltLedger | None" = None
    adopted: "AdoptedLedger | None" = None


class ListResult(Result, frozen=True, kw_only=True):
    """Live resources."""

    listed: "tuple[ListedResource, ...]"


class AdoptionResult(Result, frozen=True, kw_only=True):
    """What `adopt --all` adopts: `recorded` says whether the ledger has it."""

    plan: "MadePlan"
    recorded: bool = False


class ExportResult(Result, frozen=True, kw_only=True):
    """The live account as a configuration."""

    written: "WrittenExport"

    @property
    def exit_result(self) -> ExitResult:
        """Exit 2 if a plan of what was written is not empty."""
        return ExitResult(ExitCode.CHANGES) if self.written.differs else DONE


class ImportResult(Result, frozen=True, kw_only=True):
    """A Terraform state as a configuration."""

    written: "WrittenImport"


class InitResult(Result, frozen=True, kw_only=True):
    """A starter folder. `commands` are those to type next."""

    written: "WrittenStarter"
    commands: tuple[str, ...]

    @property
    def exit_result(self) -> ExitResult:
        """Exit 2 if a plan of an exported account is not empty."""
        return ExitResult(ExitCode.CHANGES) if self.written.differs else DONE


class SidsResult(Result, frozen=True, kw_only=True):
    """Declared resources that exist in Twilio."""

    found: "tuple[ListedResource, ...]"


class DiffResult(Result, frozen=True, kw_only=True):
    """How the configurations of two environments differ."""

    diff: "EnvironmentDiff"


class PullResult(Result, frozen=True, kw_only=True):
    """What a pull wrote to the configuration, and what it refused."""

    found: "Pull"

    @property
    def exit_result(self) -> ExitResult:
        """Refuse if a person has to decide about a field."""
        from confsync.cli.verdict import exit_of_pull

        return exit_of_pull(self.found)


class FormatResult(Result, frozen=True, kw_only=True):
    """The files of a configuration, formatted or only checked."""

    formatted: "Formatted"

    @property
    def exit_result(self) -> ExitResult:
        """Exit 2 if the files were only checked and one of them differs."""
        differs = self.formatted.check and self.formatted.differs
        return ExitResult(ExitCode.CHANGES if differs else ExitCode.DONE)


class ExplainResult(Result, frozen=True, kw_only=True):
    """Where the values of a declared resource come from."""

    explanation: "Explanation"


class RehearsalResult(Result, frozen=True, kw_only=True):
    """The runs of the saved plan in a file on a copy of the account."""

    path: str
    rehearsal: "Rehearsal"

    @property
    def exit_result(self) -> ExitResult:
        """Exit with the code of the worst run."""
        from confsync.cli.verdict import exit_of_rehearsal

        return exit_of_rehearsal(self.rehearsal, self.path)


class RepairPlanResult(Result, frozen=True, kw_only=True):
    """The duplicates that were found, and what became of each so far."""

    report: "RepairReport"

    @property
    def exit_result(self) -> ExitResult:
        """Exit with the code of the worst outcome; refuse if there are duplicates and none may be deleted."""
        from confsync.cli.repair_verdict import exit_of_repair

        return exit_of_repair(self.report)


class RepairResult(RepairPlanResult, frozen=True, kw_only=True):
    """The same once something may have been deleted."""

    applying: ClassVar[bool] = True


class DoctorResult(Result, frozen=True, kw_only=True):
    """The checks of the doctor."""

    diagnosis: "Diagnosis"

    @property
    def exit_result(self) -> ExitResult:
        """Exit with the code of the most severe failure."""
        from confsync.cli.verdict import exit_of_diagnosis

        return exit_of_diagnosis(self.diagnosis)
