"""What renders a result in a format: the functions in the table of `rendering.py`.

Each imports its view when it runs, because one run needs only a few of them.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from confsync.cli.exit_result import ExitResult
from confsync.views.escaping import printable

if TYPE_CHECKING:
    from confsync.cli.target_options import TargetOptions
    from confsync.diagnostics import Diagnostic
    from confsync.views.apply.document import ApplyDocument
    from confsync.views.documents import DiagnosticsDocument
    from confsync.views.drift.document import DriftDocument
    from confsync.views.drift.history import HistoryDocument
    from confsync.views.lists.adoption import AdoptionDocument
    from confsync.views.lists.ledger import LedgerDocument
    from confsync.views.lists.starter import InitDocument
    from confsync.views.palette import Palette
    from confsync.views.plan_document import PlannedDocument

Completed = TypeVar("Completed", bound=Struct)


class Rendering(Struct, frozen=True):
    """A result with everything that a renderer needs. `workspace` is the folder of the repository in a CI job.

    `build_document` builds the document from which the result is rendered in every format. `seconds` is how long the
    run has taken, and `path` is the file that gets the result, if there is one. `account` is the account that the
    environment variables name. `target_options` are what the commands in the document need.
    """

    result: Any
    exit_result: ExitResult
    command: str
    environment: str | None
    workspace: str | None
    palette: "Palette"
    build_document: "Renderer"
    seconds: float
    path: str | None
    account: str
    target_options: "TargetOptions | None" = None

    @property
    def document(self) -> Any:  # noqa: ANN401 — the document of its type of result
        """The document of the result."""
        return self.complete(self.build_document(self))

    def complete(self, document: Completed) -> Completed:
        """Complete the commands in a document."""
        return self.target_options.complete_document(document) if self.target_options else document

    @property
    def code(self) -> int:
        """The exit code."""
        return int(self.exit_result.code)

    @property
    def diagnostics(self) -> "tuple[Diagnostic, ...]":
        """The warnings of the configuration, and what the exit adds."""
        warnings = self.result.config.warnings if self.result.config else ()
        return (*warnings, *self.exit_result.diagnostics)


Renderer = Callable[[Rendering], Any]


def view(place: str) -> Renderer:
    """Make the renderer that passes the document to a function of `views`, which it imports when it runs."""
    return lambda rendering: _function(place)(rendering.document)


def coloured(place: str) -> Renderer:
    """Make the same renderer for a function that also takes the colours."""
    return lambda rendering: _function(place)(rendering.document, rendering.palette)


def _function(place: str) -> Callable[..., Any]:
    module, _, name = place.rpartition(".")
    found: Callable[..., Any] = getattr(import_module(f"confsync.views.{module}"), name)
    return found


# The documents, from which every format is rendered


def diagnostics_document(rendering: Rendering) -> "DiagnosticsDocument":
    """Build the document of a run that has nothing but diagnostics."""
    from confsync.views.documents import diagnostics_document

    return diagnostics_document(rendering.diagnostics, rendering.code)


def configuration_document(rendering: Rendering) -> "DiagnosticsDocument":
    """Build the document of a validation."""
    from confsync.views.documents import diagnostics_document

    result = rendering.result
    document = diagnostics_document(rendering.diagnostics, rendering.code)
    return replace(document, environments=list(result.environments), expanded=result.expanded)


def plan_document(rendering: Rendering) -> "PlannedDocument":
    """Build the document of a plan."""
    from confsync.views.plan_builder import plan_document

    result, also = rendering.result, rendering.exit_result.diagnostics
    return plan_document(result.plan, rendering.code, created_at=result.created_at.astimezone(UTC), also=also)


def drift_document(rendering: Rendering) -> "DriftDocument":
    """Build the document of a drift."""
    from confsync.views.drift.document import drift_document, with_change

    found, also = rendering.result.found, rendering.exit_result.diagnostics
    created_at = found.plan.created_at
    code = rendering.code or int(rendering.result.exit_result.code)  # text is printed before the run exits
    return with_change(
        drift_document(found.drift, code, created_at=created_at, also=also, seconds=found.seconds), found.change
    )


def history_document(rendering: Rendering) -> "HistoryDocument":
    """Build the document of past runs."""
    from confsync.views.drift.history import history_document

    result = rendering.result
    return history_document(result.past, result.read_at, rendering.code, also=rendering.exit_result.diagnostics)


def apply_document(rendering: Rendering) -> "ApplyDocument":
    """Build the document of an apply."""
    from confsync.views.apply.document import report_document

    return report_document(rendering.result.report, rendering.code, also=rendering.exit_result.diagnostics)


def _applied_plan_document(rendering: Rendering) -> "PlannedDocument":
    from confsync.views.plan_builder import plan_document

    return rendering.complete(plan_document(rendering.result.report.plan, 0, created_at=datetime.now(UTC)))


def ledger_document(rendering: Rendering) -> "LedgerDocument":
    """Build the document of a ledger."""
    from confsync.views.lists.ledger import ledger_document

    result = rendering.result
    return ledger_document(
        result.state, rendering.code, rebuilt=result.rebuilt, adopted=result.adopted, also=rendering.diagnostics
    )


def adoption_document(rendering: Rendering) -> "AdoptionDocument":
    """Build the document of an adoption."""
    from confsync.views.lists.adoption import adoption_document

    result = rendering.result
    return adoption_document(result.plan.live, rendering.code, recorded=result.recorded, also=rendering.diagnostics)


def init_document(rendering: Rendering) -> "InitDocument":
    """Build the document of a starter folder."""
    from confsync.views.lists.starter import init_document

    result = rendering.result
    return init_document(result.written, result.commands, rendering.code, also=rendering.diagnostics)


def built(place: str, attribute: str) -> Renderer:
    """Make the renderer that builds a document from one attribute of a result."""
    return lambda rendering: _function(place)(
        getattr(rendering.result, attribute), rendering.code, also=rendering.diagnostics
    )


def built_for(place: str, attribute: str) -> Renderer:
    """Make the same renderer for a document that names the environment."""
    return lambda rendering: _function(place)(
        getattr(rendering.result, attribute), rendering.environment, rendering.code, also=rendering.diagnostics
    )


def _checks_document(rendering: Rendering) -> "DiagnosticsDocument":
    """Build a document of the failed checks, for formats that show diagnostics only."""
    from confsync.views.doctor import failed_checks
    from confsync.views.documents import DiagnosticsDocument, diagnostic_parts

    mistakes = diagnostic_parts(rendering.result.diagnosis.mistakes)
    document = DiagnosticsDocument(
        exit_code=rendering.code, diagnostics=[*failed_checks(rendering.document), *mistakes]
    )
    return rendering.complete(document)


# Text


def text(rendering: Rendering) -> str:
    """Return the text that is the result."""
    return str(rendering.result.text)


def no_text(_: Rendering) -> str:
    """Return nothing: the run has printed everything."""
    return ""


def configuration_text(rendering: Rendering) -> str:
    """Say that a configuration is valid, or print its expanded form."""
    from confsync.views.configuration_text import valid_text

    result = rendering.result
    return result.expanded or valid_text(*(result.configs or (result.config,)))


def edit_text(rendering: Rendering) -> str:
    """Return the diff of an edited file."""
    lines = rendering.result.lines or ("Nothing to write: the configuration already says so.",)
    return "".join(f"{printable(each)}\n" for each in lines)


def plan_text(rendering: Rendering) -> str:
    """Render a plan as text."""
    from confsync.views.plan.text import plan_as_text

    return plan_as_text(rendering.document, rendering.palette, brief=rendering.result.brief)


def drift_text(rendering: Rendering) -> str:
    """Render a drift as text."""
    from confsync.views.drift.text import drift_as_text

    return drift_as_text(rendering.document, rendering.palette, brief=rendering.result.brief)


def apply_text(rendering: Rendering) -> str:
    """Render an apply as text; without any outcome, the plan said everything."""
    from confsync.views.apply.text import report_as_text

    document = rendering.document
    return report_as_text(document, rendering.palette) if document.outcomes else ""


# Markdown, which is the comment on a pull request


def diagnostics_markdown(rendering: Rendering) -> str:
    """Render a comment about a run without a document of its own."""
    from confsync.views.configuration_text import valid_text

    result, failed = rendering.result, rendering.exit_result.code.failure
    configs = getattr(result, "configs", ()) or ((result.config,) if result.config else ())
    return _comment(rendering, valid_text(*configs).rstrip() if configs and not failed else "Nothing was changed.")


def plan_markdown(rendering: Rendering) -> str:
    """Render a comment about a plan."""
    from confsync.views.plan.markdown import plan_as_markdown

    verb = "plan" if rendering.command == "show" else rendering.command  # a saved plan updates the comment of its plan
    return plan_as_markdown(rendering.document, verb=verb, brief=rendering.result.brief)


def drift_markdown(rendering: Rendering) -> str:
    """Render a comment about a drift."""
    from confsync.views.drift.markdown import drift_as_markdown

    return drift_as_markdown(rendering.document, brief=rendering.result.brief)


def apply_markdown(rendering: Rendering) -> str:
    """Render a comment about an apply."""
    from confsync.views.apply.text import report_as_markdown

    plan = _applied_plan_document(rendering)
    return report_as_markdown(rendering.document, plan, brief=rendering.result.brief)


def ledger_markdown(rendering: Rendering) -> str:
    """Render a comment about a ledger."""
    from confsync.views.lists.ledger import ledger_summary

    return _comment(rendering, ledger_summary(rendering.document))


def doctor_markdown(rendering: Rendering) -> str:
    """Render a comment about the checks of the doctor."""
    from confsync.views.diagnostics_text import diagnostics_as_markdown
    from confsync.views.doctor import doctor_summary

    text = doctor_summary(rendering.document)
    return diagnostics_as_markdown(rendering.command, rendering.environment, text, _checks_document(rendering))


def _comment(rendering: Rendering, text: str) -> str:
    from confsync.views.diagnostics_text import diagnostics_as_markdown

    document = rendering.complete(diagnostics_document(rendering))
    return diagnostics_as_markdown(rendering.command or "usage", rendering.environment, text, document)


# Annotations for GitHub


def annotations(rendering: Rendering, plan: "PlannedDocument | None" = None) -> str:
    """Render the annotations of a document, with the lines of a plan."""
    from confsync.views.github_commands import github_annotations

    return "".join(github_annotations(rendering.document, plan, rendering.workspace))


def plan_annotations(rendering: Rendering) -> str:
    """Render the annotations of a plan."""
    return annotations(rendering, rendering.document)


def drift_annotations(rendering: Rendering) -> str:
    """Render the annotations of a drift."""
    from confsync.views.github_commands import drift_annotations

    return "".join(drift_annotations(rendering.document, rendering.workspace)) + annotations(rendering)


def apply_annotations(rendering: Rendering) -> str:
    """Render the annotations of an apply."""
    return annotations(rendering, _applied_plan_document(rendering))


def doctor_annotations(rendering: Rendering) -> str:
    """Render an annotation for each failed check."""
    from confsync.views.doctor import failed_checks
    from confsync.views.github_commands import diagnostic_annotations

    checks = failed_checks(rendering.document)
    return "".join(diagnostic_annotations(checks, rendering.workspace)) + annotations(rendering)
