"""The JSON documents that programs read: what they hold, field by field. The schemas in `schemas/` are made from these.

Minor versions of the format add fields, and never change or remove one.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from confsync import __version__
from confsync.views.values import Plain

FORMAT_VERSION = "1.0"


class Part(BaseModel):
    """A part of a document."""

    model_config = ConfigDict(frozen=True)


class PositionPart(Part):
    """A place in a file; both count from 1."""

    line: int = Field(ge=1)
    column: int = Field(ge=1)


class RangePart(Part):
    """A stretch of a file, up to and without its end."""

    file: str
    start: PositionPart
    end: PositionPart


class DiagnosticPart(Part):
    """One mistake or one warning."""

    severity: Literal["error", "warning"]
    code: str = Field(description="Stable: CS1xxx to CS4xxx as documented, CS9nnn for a run that ended with code nnn.")
    summary: str
    detail: str = Field(description="The way out, where there is one.")
    range: RangePart | None
    snippet: str | None = Field(description="The line as written, where it may be shown.")


class Document(Part):
    """What every document has."""

    kind: str
    format_version: str = Field(default=FORMAT_VERSION, pattern=r"^1\.[0-9]+$")
    confsync_version: str = __version__
    exit_code: int = Field(description="What the process exits with.")
    diagnostics: list[DiagnosticPart]


class DiagnosticsDocument(Document):
    """Mistakes and warnings alone: a validation, or a run that ended before there was a plan."""

    kind: Literal["diagnostics"] = "diagnostics"


class SourcePart(Part):
    """Where something is asked for."""

    file: str
    line: int
    column: int


class GitPart(Part):
    """Which commit was read."""

    commit: str
    dirty: bool = Field(description="Whether something was not committed.")


class ConfigurationPart(Part):
    """Which configuration was read."""

    digest: str = Field(description="Of what it asks for: comments, layout and secrets have no part in it.")
    files: list[str]
    git: GitPart | None = Field(default=None, description="Null where the configuration is in no repository.")


class TargetPart(Part):
    """Whom a plan is for."""

    account_sid: str
    environment: str | None
    region: str | None
    base_url: str
    emulator: bool


class LedgerPart(Part):
    """What was known of earlier applies."""

    state: Literal["none", "present"]
    serial: int | None


class RailPart(Part):
    """One reason not to apply."""

    rule: str
    addresses: list[str]
    text: str
    lifted_by: str | None = Field(description="What a person types; null where nothing lifts it.")


class PlanSummaryPart(Part):
    """How many changes of each kind."""

    create: int
    update: int
    replace: int
    delete: int
    adopt: int
    move: int
    no_op: int


class PartPart(Part):
    """One place within a mapping whose values differ."""

    path: str
    before: str | None = Field(description="As JSON; null where nothing stood there.")
    after: str | None = Field(description="As JSON; null where nothing will stand there.")


class DifferencePart(Part):
    """One field whose values differ; `added` and `removed` tell it for a set, `parts` for a mapping."""

    path: str
    before: Plain
    after: Plain
    added: list[str]
    removed: list[str]
    parts: list[PartPart]


class CountPart(Part):
    """How many of something there are."""

    what: str = Field(description="A noun in the plural, such as `push bindings`.")
    number: int = Field(ge=0)
    complete: bool = Field(description="False where reading stopped early, so that there may be more.")


class BlastRadiusPart(Part):
    """What hangs on something that is to be deleted."""

    counts: list[CountPart]
    facts: list[str] = Field(description="What is no count, such as that it is the account's default service.")


class RiskPart(Part):
    """One thing that a reviewer should think about."""

    rule: str
    level: Literal["high", "medium", "low"]
    text: str


class PreconditionPart(Part):
    """What a live thing was when the plan was made."""

    digest: str = Field(description="Of its fields as Twilio told them; sensitive ones have no part in it.")


class ChangePart(Part):
    """What happens to one resource. Fields go by their dotted paths."""

    address: str
    previous_address: str | None
    kind: str = Field(description="The section's name.")
    sid: str | None
    name: str | None = Field(default=None, description="The live name; null where nothing exists, or it has none.")
    actions: list[Literal["create", "recreate", "update", "replace", "delete", "adopt", "move"]]
    before: dict[str, Plain] | None = Field(
        description="The managed fields as Twilio told them; null where nothing exists yet."
    )
    after: dict[str, Plain] = Field(description="The managed fields as they are asked for.")
    references: list[str] = Field(description="Paths whose SID is not known yet.")
    sensitive: list[str] = Field(description="Paths whose value is not shown; the text there says what is known of it.")
    differences: list[DifferencePart]
    reason: str
    source: SourcePart
    precondition: PreconditionPart | None = Field(default=None, description="Null where nothing exists yet.")
    blast_radius: BlastRadiusPart | None = Field(default=None, description="Null where nothing was counted.")
    risk: list[RiskPart] = Field(default=[], description="The gravest first.")
    lost: list[str] = Field(default=[], description="Other addresses of ours that are deleted along with it.")


class UnmanagedPart(Part):
    """Something live that no configured resource is."""

    address: str
    kind: str
    sid: str | None


class OrphanedPart(Part):
    """Something that is ours and no longer configured."""

    address: str
    sid: str
    name: str | None = Field(default=None, description="The live name, or the key of what was not read.")
    reason: str
    advice: str = Field(default="", description="What a person writes to have it otherwise.")


class SelectionPart(Part):
    """Which part of a configuration was planned; three empty lists are all of it."""

    targets: list[str] = []
    excludes: list[str] = []
    kinds: list[str] = []


class LiftsPart(Part):
    """Which rails are lifted for this plan."""

    allow_delete: list[str] = []
    allow_recreate: list[str] = []
    allow_rollback: bool = False
    max_deletes: int | None = None


class RequestsPart(Part):
    """Requests that were sent to read, and those that write: to be sent for a plan, sent for an apply."""

    reads: int
    writes: int


class PlannedDocument(Document):
    """What would be done, and why."""

    created_at: str = Field(json_schema_extra={"format": "date-time"})
    configuration: ConfigurationPart
    target: TargetPart
    ledger: LedgerPart
    complete: bool = Field(description="False where only a part of the configuration was planned.")
    selection: SelectionPart = SelectionPart()
    destroy: bool = Field(default=False, description="Whether all that confsync made is to go.")
    lifts: LiftsPart = LiftsPart()
    applyable: bool = Field(description="Whether an apply would go ahead.")
    rails: list[RailPart]
    summary: PlanSummaryPart
    changes: list[ChangePart] = Field(description="Resources to which something happens, in the order of an apply.")
    unmanaged: list[UnmanagedPart]
    orphaned: list[OrphanedPart]
    forgotten: list[OrphanedPart] = Field(default=[], description="To be managed no longer, and left as it is.")
    requests: RequestsPart


class PlanDocument(PlannedDocument):
    """What an apply would do."""

    kind: Literal["plan"] = "plan"


class DriftDocument(PlannedDocument):
    """How Twilio differs from the configuration, told as the plan that would put it right."""

    kind: Literal["drift"] = "drift"


class AnswerPart(Part):
    """What Twilio said when it said no."""

    method: str
    path: str
    status: int
    code: int = Field(description="Twilio's own number, 0 where it gave none.")
    message: str
    more_info: str
    request_id: str


class ErrorPart(Part):
    """Why a change did not end well, and which line asked for it."""

    summary: str
    next_step: str
    answer: AnswerPart | None
    source: SourcePart


class OutcomePart(Part):
    """How one change ended."""

    address: str
    action: Literal["create", "recreate", "update", "replace", "delete", "adopt", "move"]
    status: Literal["done", "failed", "not_started", "unknown"]
    sid: str | None
    request_id: str | None = Field(description="Twilio's name for the request that failed.")
    error: ErrorPart | None


class ApplySummaryPart(Part):
    """How many changes ended how."""

    created: int
    updated: int
    replaced: int
    deleted: int
    failed: int
    not_started: int
    unknown: int


class KeptPart(Part):
    """A value that was sent and that Twilio keeps otherwise."""

    address: str
    path: str = Field(description="Empty where the whole thing is not there, or still is; the values are SIDs then.")
    wanted: Plain
    live: Plain
    accept: str = Field(description="What to write under `lifecycle` to leave it to Twilio; empty where nothing helps.")
    source: SourcePart


class ApplyDocument(Document):
    """What an apply did."""

    kind: Literal["apply"] = "apply"
    configuration: ConfigurationPart
    target: TargetPart
    outcomes: list[OutcomePart] = Field(description="In the order of the plan.")
    kept: list[KeptPart] = Field(default=[], description="What Twilio keeps otherwise than it was sent.")
    summary: ApplySummaryPart
    requests: RequestsPart
