"""A user: somebody who takes part in the conversations of a service."""

from typing import Annotated, Any

from pydantic import Field

from confsync.annotations import Clearable, Immutable, Key, ServerDefault, SoftMaxLength
from confsync.codecs import JsonText
from confsync.model import Contains, Listing, ReferredToBy, Resource
from confsync.resources.role import ServiceRole
from confsync.resources.service import Service
from confsync.resources.vocabulary import PUSH_BINDINGS, NameInUrls

CONVERSATIONS = Listing(
    title="conversation", path="Conversations", list_key="conversations", page_size=50, id_key="conversation_sid"
)


class User(
    Resource,
    parent=Service,
    path="Users",
    sid_prefix="US",
    page_size=50,
    unique=True,
    read_by_name=True,
    personal=True,
    dependents=(Contains(CONVERSATIONS), ReferredToBy(PUSH_BINDINGS, filter_by=("Identity", "identity"))),
):
    """Somebody who takes part in the conversations of a service, such as an agent.

    Twilio counts a user whose record is edited as active, and charges for active users; so nothing is sent that does
    not differ. Users also come into being by signing in. They are read one by one, by identity, and pruned only
    where confsync made them.
    https://www.twilio.com/docs/conversations-classic/api/user-resource
    """

    identity: Key[Immutable[Annotated[NameInUrls, Field(max_length=256)]]] = Field(
        description="Who it is, in access tokens and messages.", examples=["alice"]
    )
    friendly_name: Clearable[Annotated[str, Field(min_length=1)]] | None = Field(
        None, description="The name that others see.", examples=["Alice"]
    )
    attributes: Clearable[Annotated[dict[str, Any], JsonText(), SoftMaxLength(4096)]] | None = Field(
        None, description="Whatever applications want to know of the user.", examples=[{"team": "night"}]
    )
    role: Annotated[ServiceRole | None, ServerDefault("the service's default")] = Field(
        None, description="What the user may do in the whole service; Twilio cannot unset it.", examples=["supervisor"]
    )
