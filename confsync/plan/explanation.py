"""Why a resource has the values that it has: where each is written, what Twilio holds, and what was last applied."""

from enum import StrEnum

from msgspec import Struct

from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.config.provenance import Origin
from confsync.config.reuse.for_each import Generated
from confsync.config.variable_origin import VariableOrigin
from confsync.model import Field
from confsync.plan.change import Change
from confsync.plan.drift import LastApplied


class Treatment(StrEnum):
    """What confsync does with a field."""

    MANAGED = "managed"
    IGNORED = "ignored"
    NOT_DECLARED = "not declared"


class ExplainedField(Struct, frozen=True):
    """One field of a resource. Without an origin, it is not written anywhere.

    `last_applied` says which current value the one last applied equals; None if Twilio was not read.
    """

    field: Field
    treatment: Treatment
    origin: Origin | None = None
    variables: tuple[VariableOrigin, ...] = ()
    last_applied: LastApplied | None = None


class Explanation(Struct, frozen=True, kw_only=True):
    """One declared resource. `change` has its match, and what a plan would do; None if Twilio was not read."""

    config: Config
    desired: Desired
    fields: tuple[ExplainedField, ...]
    item: Generated | None = None
    layers: int = 1
    change: Change | None = None
