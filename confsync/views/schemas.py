"""Every JSON Schema by its name, and the files that hold them: the same as `confsync schema` prints."""

from confsync.views.config_schema import config_schema
from confsync.views.doctor_document import DoctorDocument
from confsync.views.documents import DiagnosticsDocument, Document
from confsync.views.json_text import json_of
from confsync.views.ledger_document import LedgerDocument
from confsync.views.plan_parts import DriftDocument, PlanDocument
from confsync.views.report_parts import ApplyDocument

DIALECT = "https://json-schema.org/draft/2020-12/schema"

DOCUMENTS: dict[str, type[Document]] = {
    "plan": PlanDocument,
    "apply": ApplyDocument,
    "drift": DriftDocument,
    "ledger": LedgerDocument,
    "doctor": DoctorDocument,
    "diagnostics": DiagnosticsDocument,
}


def schema_of(name: str) -> dict[str, object]:
    """Give the schema of the configuration (`config`), or of a document by its kind."""
    made = config_schema() if name == "config" else DOCUMENTS[name].model_json_schema(mode="serialization")
    return {"$schema": DIALECT, **made}


def files() -> dict[str, str]:
    """Give the text of every schema by the name of its file."""
    return {f"{name}.schema.json": json_of(schema_of(name)) for name in ("config", *DOCUMENTS)}
