"""A Conversations service: the container of everything else."""

from typing import Annotated

from pydantic import Field

from confsync.annotations import Immutable, Key
from confsync.model import Contains, ReferredToBy, Resource
from confsync.resources.vocabulary import PUSH_BINDINGS

CARRIES = "its users, conversations and the access tokens made for it are not those of the old one"


class Service(
    Resource,
    path="Services",
    sid_prefix="IS",
    page_size=100,
    irreplaceable=True,
    recreate_impact=CARRIES,
    permission_probe="first page",
    dependents=(Contains("conversation"), Contains("user"), Contains(PUSH_BINDINGS), ReferredToBy("phone address")),
):
    """An isolated set of conversations, users and roles.

    v1 has no call that renames a service, so its name is immutable; a second one made in its place would lose every
    conversation. https://www.twilio.com/docs/conversations-classic/api/service-resource
    """

    friendly_name: Key[Immutable[Annotated[str, Field(min_length=1, max_length=256)]]] = Field(
        description="The service's name; not unique at Twilio, and impossible to change.", examples=["Support desk"]
    )
