"""Every type of JSON document by its name. A type is imported when it is used, because `--help` lists the names."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from msgspec import Struct

    from confsync.views.documents import Document

DOCUMENT_TYPES: Mapping[str, tuple[str, str]] = {
    "plan": ("plan_document", "PlanDocument"),
    "apply": ("apply.document", "ApplyDocument"),
    "drift": ("drift.document", "DriftDocument"),
    "history": ("drift.history", "HistoryDocument"),
    "diff": ("lists.environment_diff", "DiffDocument"),
    "fmt": ("lists.formatted", "FormatDocument"),
    "pull": ("lists.pull", "PullDocument"),
    "explain": ("lists.explanation", "ExplainDocument"),
    "list": ("lists.listing", "ListDocument"),
    "adoption": ("lists.adoption", "AdoptionDocument"),
    "export": ("lists.export", "ExportDocument"),
    "import": ("lists.terraform_import", "ImportDocument"),
    "init": ("lists.starter", "InitDocument"),
    "output": ("lists.sids", "SidsDocument"),
    "rehearsal": ("lists.rehearsal", "RehearsalDocument"),
    "ledger": ("lists.ledger", "LedgerDocument"),
    "repair": ("lists.repair", "RepairDocument"),
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
