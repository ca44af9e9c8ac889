"""The JSON document of a plan or a drift, declared field by field."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, defstruct, field

from confsync.plan.guardrails import OVERRIDES, OverrideValue
from confsync.views.advice import Advice
from confsync.views.documents import Document, Part, Plain, SourcePart, TargetPart

ActionWord = Literal["create", "recreate", "update", "replace", "delete", "adopt", "move"]
LevelWord = Literal["high", "medium", "low"]
ValueType = Annotated[
    Literal["value", "reference", "json"],
    Meta(
        description="How to interpret values that are strings: as JSON (`json`), as an address or SID (`reference`), "
        "or as plain text (`value`)."
    ),
]


class GitPart(Part, frozen=True, kw_only=True):
    """The Git commit that was checked out when confsync read the configuration."""

    commit: str
    dirty: Annotated[bool, Meta(description="Whether any file of the configuration differed from the commit.")]


class ConfigurationPart(Part, frozen=True, kw_only=True):
    """The configuration that confsync read."""

    digest: Annotated[
        str, Meta(description="A digest of what the configuration declares, without comments, layout and secrets.")
    ]
    files: list[str]
    resources: Annotated[int | None, Meta(description="The number of declared resources.")] = None
    git: Annotated[GitPart | None, Meta(description="The Git commit that was checked out.")] = None


class LedgerPart(Part, frozen=True, kw_only=True):
    """The ledger that confsync used to make the plan."""

    state: Literal["none", "present"]
    serial: int | None


class GuardrailPart(Part, frozen=True, kw_only=True):
    """A guardrail that blocks the plan."""

    rule: str
    addresses: list[str]
    text: str
    override: Annotated[
        Advice | None, Meta(description="How to override the guardrail, or what you can do instead of overriding it.")
    ]
    source: SourcePart | None = None


class PlanSummaryPart(Part, frozen=True, kw_only=True):
    """The number of changes with each action."""

    create: int
    update: int
    replace: int
    delete: int
    adopt: int
    move: int
    no_op: int
    unconvergeable: int = 0


class JsonDifferencePart(Part, frozen=True, kw_only=True):
    """A difference inside a JSON value."""

    path: str
    before: Annotated[str | None, Meta(description="The old value at this path, as JSON.")]
    after: Annotated[str | None, Meta(description="The new value at this path, as JSON.")]


class DifferencePart(Part, frozen=True, kw_only=True):
    """A field whose old and new values differ."""

    path: str
    before: Plain
    after: Plain
    added: list[str]
    removed: list[str]
    parts: list[JsonDifferencePart]
    value_type: ValueType = "value"


class SentPart(Part, frozen=True, kw_only=True):
    """A field that confsync sends in addition to those in `differences`."""

    path: str
    value: Plain
    value_type: ValueType = "value"
    note: Annotated[
        str, Meta(description="A remark about the value, such as `unchanged`; empty if the value is sensitive.")
    ]


class CountPart(Part, frozen=True, kw_only=True):
    """The number of dependents of one type."""

    what: Annotated[str, Meta(description="What is counted, such as `push bindings`.")]
    number: Annotated[int, Meta(ge=0)]
    complete: Annotated[bool, Meta(description="False if confsync stopped counting at a limit.")]


class BlastRadiusPart(Part, frozen=True, kw_only=True):
    """What depends on a resource that the plan deletes or replaces."""

    counts: list[CountPart]
    facts: Annotated[list[str], Meta(description="Sentences about other things that depend on the resource.")]


class RiskPart(Part, frozen=True, kw_only=True):
    """A risk of the change."""

    rule: str
    level: LevelWord
    text: str


class PreconditionPart(Part, frozen=True, kw_only=True):
    """The state that a live resource had when the plan was made."""

    digest: Annotated[str, Meta(description="A digest of the resource's values in Twilio, excluding sensitive ones.")]


class ChangePart(Part, frozen=True, kw_only=True):
    """A change to one resource."""

    address: str
    previous_address: str | None
    kind: Annotated[str, Meta(description="The section, such as `roles`.")]
    sid: str | None
    name: Annotated[str | None, Meta(description="The name of the resource in Twilio.")] = None
    actions: list[ActionWord]
    before: Annotated[
        dict[str, Plain] | None,
        Meta(description="The values that managed fields have in Twilio; null if the resource does not exist yet."),
    ]
    after: Annotated[dict[str, Plain], Meta(description="The declared values of managed fields; empty for a deletion.")]
    references: Annotated[list[str], Meta(description="Fields that refer to a resource whose SID is not known yet.")]
    sensitive: Annotated[list[str], Meta(description="Sensitive fields, whose values are masked.")]
    differences: list[DifferencePart]
    also_sent: list[SentPart] = field(default_factory=list)
    reason: str
    source: SourcePart
    precondition: Annotated[
        PreconditionPart | None, Meta(description="The state of the resource when the plan was made.")
    ] = None
    blast_radius: Annotated[
        BlastRadiusPart | None, Meta(description="What depends on the resource; null if confsync did not check this.")
    ] = None
    consequence: Annotated[str, Meta(description="A summary of what else the deletion or replacement affects.")] = ""
    risk: Annotated[list[RiskPart], Meta(description="The risks, most severe first.")] = field(default_factory=list)
    also_deleted: Annotated[
        list[str], Meta(description="The addresses of owned resources that are deleted together with this one.")
    ] = field(default_factory=list)


class UnmanagedPart(Part, frozen=True, kw_only=True):
    """A live resource that is neither declared nor owned."""

    address: Annotated[
        str, Meta(description="The address, ending with the name of the resource or, if it has no name, its SID.")
    ]
    kind: Annotated[str, Meta(description="The section, such as `roles`.")]
    type: Annotated[str, Meta(description="The resource type, such as `service role`.")] = ""
    name: Annotated[str | None, Meta(description="The name of the resource in Twilio.")] = None
    sid: str | None


class UnmanagedCountPart(Part, frozen=True, kw_only=True):
    """The number of unmanaged live resources in one top-level section."""

    section: str
    number: Annotated[int, Meta(ge=0)]
    complete: Annotated[
        bool, Meta(description="False if confsync could not count all unmanaged resources in the section.")
    ]


class ProbableDuplicatePart(Part, frozen=True, kw_only=True):
    """Two identical live resources that were created within minutes of each other."""

    address: Annotated[str, Meta(description="The address of the resource that confsync owns.")]
    kind: Annotated[str, Meta(description="The section, such as `roles`.")]
    type: Annotated[str, Meta(description="The resource type, such as `service role`.")]
    sid: Annotated[str, Meta(description="The SID of the resource that confsync owns.")]
    created: Annotated[str, Meta(description="The creation time of the owned resource, in Twilio's format.")]
    duplicate_sid: Annotated[str, Meta(description="The SID of the other resource, which confsync does not own.")]
    duplicate_created: Annotated[str, Meta(description="The creation time of the other resource, in Twilio's format.")]


class OrphanedPart(Part, frozen=True, kw_only=True):
    """An owned resource that the configuration no longer declares."""

    address: str
    sid: str
    name: Annotated[
        str | None, Meta(description="The name in Twilio or, if confsync did not read the name, the YAML key.")
    ] = None
    reason: str
    advice: Annotated[Advice, Meta(description="What to write in the YAML to keep, forget or delete the resource.")] = (
        ""
    )


class UncheckedPart(Part, frozen=True, kw_only=True):
    """A declared value that confsync did not compare with Twilio."""

    address: str
    path: str
    secret: bool
    reference: Annotated[str, Meta(description="The environment variable or file that should contain the value.")]
    reason: Annotated[str, Meta(description="Why confsync did not compare the value.")]


class MissingSecretPart(Part, frozen=True, kw_only=True):
    """A secret that has no value in this run. As long as it has none, an apply exits with code 3."""

    address: str
    reference: Annotated[str, Meta(description="The environment variable, file or field that has no value.")]
    text: str
    hint: Advice
    source: SourcePart | None = None


class UnrecordedPart(Part, frozen=True, kw_only=True):
    """A section that confsync did not check because the snapshot does not contain it."""

    address: str
    section: str
    resources: Annotated[int, Meta(ge=0, description="The number of declared resources in the section.")]
    reason: str


class SelectionPart(Part, frozen=True, kw_only=True):
    """The options that restrict the plan to part of the configuration."""

    targets: list[str] = field(default_factory=list)
    excludes: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)


_OVERRIDE_FIELDS: dict[OverrideValue, tuple[Any, Any]] = {
    OverrideValue.ADDRESSES: (list[str], field(default_factory=list)),
    OverrideValue.NUMBER: (int | None, None),
    OverrideValue.SWITCH: (bool, False),
}
"""The type and the default of each kind of override."""

if TYPE_CHECKING:

    class OverridesPart(Part, frozen=True, kw_only=True):
        """The guardrail overrides that were passed on the command line."""

else:
    OverridesPart = defstruct(
        "OverridesPart",
        [(override.name, *_OVERRIDE_FIELDS[override.value]) for override in OVERRIDES],
        bases=(Part,),
        namespace={"__doc__": "The guardrail overrides that were passed on the command line."},
        frozen=True,
        kw_only=True,
    )


class RequestsPart(Part, frozen=True, kw_only=True):
    """The number of read and write requests."""

    reads: int
    writes: int


class ComparedDocument(Document, frozen=True, kw_only=True):
    """What confsync compared the configuration with, and how much of it."""

    configuration: ConfigurationPart
    target: TargetPart
    ledger: Annotated[LedgerPart, Meta(description="The ledger that confsync used to make the plan.")]
    complete: Annotated[bool, Meta(description="False if the plan is partial or was made against a snapshot.")]
    destroy: Annotated[bool, Meta(description="Whether the plan was made with `--destroy`.")] = False
    unchecked: Annotated[
        list[UncheckedPart], Meta(description="Declared values that confsync did not compare with Twilio.")
    ] = field(default_factory=list)
    probable_duplicates: Annotated[
        list[ProbableDuplicatePart],
        Meta(description="Pairs of identical resources, one of which was probably created by mistake."),
    ] = field(default_factory=list)


class LeftAloneDocument(ComparedDocument, frozen=True, kw_only=True):
    """What blocks an apply, and what confsync leaves alone."""

    created_at: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
    as_of: Annotated[
        str | None,
        Meta(
            description="If the plan was made against a snapshot, when the snapshot was taken.",
            extra_json_schema={"format": "date-time"},
        ),
    ] = None
    selection: SelectionPart = SelectionPart()
    overrides: OverridesPart = OverridesPart()
    applyable: Annotated[
        bool, Meta(description="False if a guardrail blocks the plan, a secret is missing, or a snapshot was used.")
    ]
    guardrails: list[GuardrailPart]
    unmanaged: list[UnmanagedPart]
    unmanaged_counts: Annotated[
        list[UnmanagedCountPart],
        Meta(description="The number of unmanaged resources in each top-level section; empty for a partial plan."),
    ] = field(default_factory=list)
    orphaned: list[OrphanedPart]
    forgotten: Annotated[
        list[OrphanedPart],
        Meta(description="Resources that an apply would remove from the ledger but not from Twilio."),
    ] = field(default_factory=list)
    missing_secrets: Annotated[
        list[MissingSecretPart],
        Meta(description="Secrets without a value in this run. An apply cannot start until each of them has a value."),
    ] = field(default_factory=list)
    unrecorded: Annotated[list[UnrecordedPart], Meta(description="Sections that the snapshot does not contain.")] = (
        field(default_factory=list)
    )
    requests: RequestsPart


class PlannedDocument(LeftAloneDocument, frozen=True, kw_only=True):
    """What would be done, and why."""

    summary: PlanSummaryPart
    changes: Annotated[list[ChangePart], Meta(description="The changes, in the order in which an apply makes them.")]


class PlanDocument(PlannedDocument, frozen=True, kw_only=True):
    """The changes that an apply would make."""

    kind: Literal["plan"] = "plan"
