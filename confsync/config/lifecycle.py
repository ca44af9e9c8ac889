"""`lifecycle`: what a person says about a resource itself, rather than about its values at Twilio."""

from pydantic import BaseModel, ConfigDict, Field

from confsync.model import Names

LATER = ("absent", "prune", "previously", "only", "secret_version")
"""Keys of the language that this version does not know yet."""


class Lifecycle(BaseModel):
    """How confsync treats one resource."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    protect: bool | None = Field(
        default=None, description="Never delete it. Remembered in the ledger: only an explicit `false` lifts it."
    )
    lookup: bool = Field(
        default=False, description="It must exist exactly once; it is never created, changed or deleted."
    )
    ignore: Names[str] = Field(
        default=frozenset(), description="Fields that are sent on create and never compared or sent afterwards."
    )


NO_LIFECYCLE = Lifecycle()
