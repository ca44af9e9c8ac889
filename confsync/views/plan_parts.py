"""The JSON document of a plan or a drift, field by field."""

from typing import Literal

from pydantic import Field

from confsync.views.documents import Document, Part
from confsync.views.values import Plain


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


class GuardrailPart(Part):
    """One reason not to apply."""

    rule: str
    addresses: list[str]
    text: str
    override: str | None = Field(description="What a person types; null where nothing lifts it.")


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
    also_deleted: list[str] = Field(default=[], description="Other addresses of ours that are deleted along with it.")


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

    targets: list[str] = Field(default=[])
    excludes: list[str] = Field(default=[])
    kinds: list[str] = Field(default=[])


class OverridesPart(Part):
    """Which guardrails are lifted for this plan."""

    allow_delete: list[str] = Field(default=[])
    allow_recreate: list[str] = Field(default=[])
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
    overrides: OverridesPart = OverridesPart()
    applyable: bool = Field(description="Whether an apply would go ahead.")
    guardrails: list[GuardrailPart]
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
