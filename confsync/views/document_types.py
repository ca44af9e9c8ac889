"""Every type of JSON document by its name. A type is imported when it is used, because `--help` lists the names."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from msgspec import Struct

    from confsync.views.documents import Document

DOCUMENT_TYPES: Mapping[str, tuple[str, str]] = {
    "plan": ("plan_document", "PlanDocument"),
    "apply": ("report_document", "ApplyDocument"),
    "drift": ("drift_document", "DriftDocument"),
    "history": ("drift_history", "HistoryDocument"),
    "diff": ("environment_diff", "DiffDocument"),
    "fmt": ("formatted", "FormatDocument"),
    "pull": ("pull", "PullDocument"),
    "explain": ("explanation", "ExplainDocument"),
    "list": ("listing", "ListDocument"),
    "adoption": ("adoption", "AdoptionDocument"),
    "export": ("export", "ExportDocument"),
    "import": ("terraform_import", "ImportDocument"),
    "init": ("starter", "InitDocument"),
    "output": ("sids", "SidsDocument"),
    "rehearsal": ("rehearsal", "RehearsalDocument"),
    "ledger": ("ledger", "LedgerDocument"),
    "repair": ("repair", "RepairDocument"),
    "notification": ("notification", "NotificationDocument"),
    "doctor": ("doctor", "DoctorDocument"),
    "diagnostics": ("documents", "DiagnosticsDocument"),
}
"""The module in `views`, and the class in it."""

FILE_TYPES: Mapping[str, tuple[str, str]] = {"snapshot": ("confsync.live.snapshot_document", "SnapshotDocument")}
"""The files for programs that are no document of a run: the module, and the class in it."""

SCHEMAS = ("config", *DOCUMENT_TYPES, *FILE_TYPES)
"""The name of every schema: that of the configuration, and those of the documents and files."""


def document_type(name: str) -> "type[Document]":
    """Import the type of a document."""
    module, type_name = DOCUMENT_TYPES[name]
    found: type[Document] = getattr(import_module(f"confsync.views.{module}"), type_name)
    return found


def file_type(name: str) -> "type[Struct]":
    """Import the type of a file."""
    module, type_name = FILE_TYPES[name]
    found: type[Struct] = getattr(import_module(module), type_name)
    return found
