"""The JSON document of a plan or a drift, declared field by field."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, defstruct, field

from confsync.plan.guardrails import OVERRIDES, OverrideValue
from confsync.views.documents import Document, Part, Plain, SourcePart

ActionWord = Literal["create", "recreate", "update", "replace", "delete", "adopt", "move"]
LevelWord = Literal["high", "medium", "low"]
ValueType = Annotated[
    Literal["value", "reference", "json"],
    Meta(description="What a string value is: a plain value, the address or SID of another resource, or JSON."),
]


class GitPart(Part, frozen=True, kw_only=True):
    """The commit that was read."""

    commit: str
    dirty: Annotated[bool, Meta(description="Whether the working tree had uncommitted changes.")]


class ConfigurationPart(Part, frozen=True, kw_only=True):
    """The configuration that was read."""

    digest: Annotated[str, Meta(description="The digest of what it declares, without comments, layout and secrets.")]
    files: list[str]
    resources: Annotated[int | None, Meta(description="How many it declares; null if that is not known.")] = None
    git: Annotated[GitPart | None, Meta(description="The commit that was read; null outside a repository.")] = None


class TargetPart(Part, frozen=True, kw_only=True):
    """The account and the environment."""

    account_sid: str
    environment: str | None
    region: str | None
    base_url: str
    emulator: bool


class LedgerPart(Part, frozen=True, kw_only=True):
    """The ledger that a plan was made with."""

    state: Literal["none", "present"]
    serial: int | None


class GuardrailPart(Part, frozen=True, kw_only=True):
    """One reason why the plan is blocked."""

    rule: str
    addresses: list[str]
    text: str
    override: Annotated[str | None, Meta(description="What to type to allow it; null if nothing allows it.")]
    source: SourcePart | None = None


class PlanSummaryPart(Part, frozen=True, kw_only=True):
    """The number of changes by action."""

    create: int
    update: int
    replace: int
    delete: int
    adopt: int
    move: int
    no_op: int
    unconvergeable: Annotated[
        int, Meta(description="Resources that differ from their declaration and that no apply can change.")
    ] = 0


class JsonDifferencePart(Part, frozen=True, kw_only=True):
    """One path inside a JSON value where the two sides differ."""

    path: str
    before: Annotated[str | None, Meta(description="As JSON; null if absent.")]
    after: Annotated[str | None, Meta(description="As JSON; null if absent.")]


class DifferencePart(Part, frozen=True, kw_only=True):
    """One field whose values differ. `added` and `removed` describe a set, `parts` a JSON value."""

    path: str
    before: Plain
    after: Plain
    added: list[str]
    removed: list[str]
    parts: list[JsonDifferencePart]
    value_type: ValueType = "value"


class SentPart(Part, frozen=True, kw_only=True):
    """A field that is sent although Twilio returned nothing that differs."""

    path: str
    value: Plain
    value_type: ValueType = "value"
    note: Annotated[str, Meta(description="What is known about the value.")]


class CountPart(Part, frozen=True, kw_only=True):
    """How many dependents of one sort there are."""

    what: Annotated[str, Meta(description="A plural noun, such as `push bindings`.")]
    number: Annotated[int, Meta(ge=0)]
    complete: Annotated[bool, Meta(description="False if counting stopped at the limit, so there may be more.")]


class BlastRadiusPart(Part, frozen=True, kw_only=True):
    """What depends on a resource that is deleted."""

    counts: list[CountPart]
    facts: Annotated[list[str], Meta(description="Sentences without a number.")]


class RiskPart(Part, frozen=True, kw_only=True):
    """One thing to consider before approving the change."""

    rule: str
    level: LevelWord
    text: str


class PreconditionPart(Part, frozen=True, kw_only=True):
    """The state of a live resource when the plan was made."""

    digest: Annotated[
        str, Meta(description="The digest of its fields as Twilio returned them, without sensitive ones.")
    ]


class ChangePart(Part, frozen=True, kw_only=True):
    """What happens to one resource. Fields are named by their dotted paths."""

    address: str
    previous_address: str | None
    kind: Annotated[str, Meta(description="The name of its section.")]
    sid: str | None
    name: Annotated[str | None, Meta(description="The live name; null if nothing exists yet or it has no name.")] = None
    actions: list[ActionWord]
    before: Annotated[
        dict[str, Plain] | None,
        Meta(description="The managed fields as Twilio returned them; null if nothing exists yet."),
    ]
    after: Annotated[dict[str, Plain], Meta(description="The managed fields as declared.")]
    references: Annotated[list[str], Meta(description="Paths of references whose SID is not known yet.")]
    sensitive: Annotated[
        list[str],
        Meta(description="Paths of masked values. `before` and `after` say what is known about them instead."),
    ]
    differences: list[DifferencePart]
    also_sent: list[SentPart] = field(default_factory=list)
    reason: str
    source: SourcePart
    precondition: Annotated[
        PreconditionPart | None, Meta(description="The live resource when the plan was made; null if there was none.")
    ] = None
    blast_radius: Annotated[
        BlastRadiusPart | None, Meta(description="What depends on the resource; null if nothing was counted.")
    ] = None
    consequence: Annotated[
        str, Meta(description="What else a delete or a replace affects, in words; empty if nothing is known.")
    ] = ""
    risk: Annotated[list[RiskPart], Meta(description="The risks, most severe first.")] = field(default_factory=list)
    also_deleted: Annotated[
        list[str], Meta(description="Addresses of the owned resources that are deleted with it.")
    ] = field(default_factory=list)


class UnmanagedPart(Part, frozen=True, kw_only=True):
    """A live resource that no declared resource matches."""

    address: Annotated[str, Meta(description="The address that it would have under its live name.")]
    kind: Annotated[str, Meta(description="The name of its section.")]
    type: Annotated[str, Meta(description="Its type in words, such as `service role`.")] = ""
    name: Annotated[str | None, Meta(description="The live name; null if it has none.")] = None
    sid: str | None


class UnmanagedCountPart(Part, frozen=True, kw_only=True):
    """How many live resources of one top-level section are not managed."""

    section: str
    number: Annotated[int, Meta(ge=0)]
    complete: Annotated[bool, Meta(description="False if there may be more; with 0, the list could not be read.")]


class ProbableDuplicatePart(Part, frozen=True, kw_only=True):
    """Two equal live resources that were created within minutes of each other."""

    address: Annotated[str, Meta(description="The address of the one that confsync owns.")]
    kind: Annotated[str, Meta(description="The name of its section.")]
    type: Annotated[str, Meta(description="Its type in words, such as `service role`.")]
    sid: Annotated[str, Meta(description="The SID of the one that confsync owns.")]
    created: Annotated[str, Meta(description="When it was created, as Twilio returned it.")]
    duplicate_sid: Annotated[str, Meta(description="The SID of the other one, which nobody declares.")]
    duplicate_created: Annotated[str, Meta(description="When the other one was created.")]


class OrphanedPart(Part, frozen=True, kw_only=True):
    """A resource that confsync owns and the configuration no longer declares."""

    address: str
    sid: str
    name: Annotated[str | None, Meta(description="The live name, or the key if it was not read.")] = None
    reason: str
    advice: Annotated[str, Meta(description="What to write to change that.")] = ""


class UncheckedPart(Part, frozen=True, kw_only=True):
    """A declared value that was not compared, so it is not known whether Twilio has it."""

    address: str
    path: str
    secret: bool
    reference: Annotated[
        str, Meta(description="The environment variable or file that the value comes from; empty if it has a value.")
    ]
    reason: Annotated[str, Meta(description="Why it was not compared.")]


class MissingSecretPart(Part, frozen=True, kw_only=True):
    """A secret that an apply has to send, or may have to, and that has no value here: the apply exits with 3."""

    address: str
    reference: Annotated[
        str, Meta(description="The environment variable or file without a value, or the field that is not declared.")
    ]
    text: str
    hint: str
    source: SourcePart | None = None


class UnrecordedPart(Part, frozen=True, kw_only=True):
    """A collection or a section that the snapshot does not contain, so nothing in it was compared."""

    address: str
    section: str
    resources: Annotated[int, Meta(ge=0, description="How many are declared there.")]
    reason: str


class SelectionPart(Part, frozen=True, kw_only=True):
    """The part of a configuration that was planned. Three empty lists mean all of it."""

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
        """The guardrails that are overridden for this plan."""

else:
    OverridesPart = defstruct(
        "OverridesPart",
        [(override.name, *_OVERRIDE_FIELDS[override.value]) for override in OVERRIDES],
        bases=(Part,),
        namespace={"__doc__": "The guardrails that are overridden for this plan."},
        frozen=True,
        kw_only=True,
    )


class RequestsPart(Part, frozen=True, kw_only=True):
    """The number of requests: reads that were sent, and writes that were sent or are planned."""

    reads: int
    writes: int


class ComparedDocument(Document, frozen=True, kw_only=True):
    """What a configuration was compared with, and how much of it."""

    configuration: ConfigurationPart
    target: TargetPart
    ledger: Annotated[LedgerPart, Meta(description="The ledger that the plan was made with.")]
    complete: Annotated[
        bool, Meta(description="False if only a part was planned, or if the plan was made against a snapshot.")
    ]
    destroy: Annotated[bool, Meta(description="Whether the plan deletes everything that confsync created.")] = False
    unchecked: Annotated[
        list[UncheckedPart], Meta(description="Declared values that were not compared with what Twilio has.")
    ] = field(default_factory=list)
    probable_duplicates: Annotated[
        list[ProbableDuplicatePart], Meta(description="Unmanaged resources that one create probably made twice.")
    ] = field(default_factory=list)


class LeftAloneDocument(ComparedDocument, frozen=True, kw_only=True):
    """What blocks an apply, and what confsync leaves alone."""

    created_at: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
    as_of: Annotated[
        str | None,
        Meta(
            description="When the snapshot was taken that was planned against; null for a plan of the live state.",
            extra_json_schema={"format": "date-time"},
        ),
    ] = None
    selection: SelectionPart = SelectionPart()
    overrides: OverridesPart = OverridesPart()
    applyable: Annotated[bool, Meta(description="Whether an apply may start.")]
    guardrails: list[GuardrailPart]
    unmanaged: list[UnmanagedPart]
    unmanaged_counts: Annotated[
        list[UnmanagedCountPart],
        Meta(description="Unmanaged resources by top-level section; empty for a partial plan."),
    ] = field(default_factory=list)
    orphaned: list[OrphanedPart]
    forgotten: Annotated[
        list[OrphanedPart], Meta(description="Resources that confsync stops managing and leaves as they are.")
    ] = field(default_factory=list)
    missing_secrets: Annotated[
        list[MissingSecretPart], Meta(description="Secrets without a value here. Until they have one, no apply starts.")
    ] = field(default_factory=list)
    unrecorded: Annotated[
        list[UnrecordedPart],
        Meta(description="What the snapshot does not contain; empty without one."),
    ] = field(default_factory=list)
    requests: RequestsPart


class PlannedDocument(LeftAloneDocument, frozen=True, kw_only=True):
    """What would be done, and why."""

    summary: PlanSummaryPart
    changes: Annotated[
        list[ChangePart], Meta(description="Resources to which something happens, in the order of an apply.")
    ]


class PlanDocument(PlannedDocument, frozen=True, kw_only=True):
    """What an apply would do."""

    kind: Literal["plan"] = "plan"
