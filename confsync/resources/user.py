"""A user: someone who takes part in the conversations of a service."""

from typing import Annotated, Any

from confsync.annotations import (
    Clearable,
    Contains,
    Immutable,
    Key,
    Length,
    Listing,
    ReferredToBy,
    ServerDefault,
    describe,
)
from confsync.codecs import JsonText
from confsync.lints import SoftMaxLength
from confsync.model import DefaultFrom
from confsync.resources.base import Resource
from confsync.resources.role import ServiceRole
from confsync.resources.service import Service
from confsync.resources.service_configuration import ServiceConfiguration
from confsync.resources.shared_risks import ROLE_ASSIGNED, ApplicationData, Displayed
from confsync.resources.vocabulary import PUSH_BINDINGS, NameInUrls
from confsync.risk_rules import Level, RiskRule, RiskWhen, When

CONVERSATIONS = Listing(
    title="conversation", path="Conversations", list_key="conversations", page_size=50, id_key="conversation_sid"
)

SECOND_USER = RiskWhen(
    When.CHANGED,
    Level.MEDIUM,
    RiskRule.SUPERSEDED,
    "a user {after} is created: {before} keeps its conversations, and its devices keep their push bindings",
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
    """A person, such as an agent, who takes part in the conversations of a service.

    Twilio charges for active users, and an update makes a user active. confsync therefore updates a user only if the
    user differs from the configuration.

    Twilio also creates users when people sign in. Even if you declare `lifecycle.prune: [users]` in the service,
    confsync deletes only users that it created itself.
    https://www.twilio.com/docs/conversations-classic/api/user-resource
    """

    identity: Key[Immutable[Annotated[NameInUrls, Length(max=256), SECOND_USER]]] = describe(
        "The user's identity in access tokens and messages.", examples=["alice"]
    )
    friendly_name: Clearable[Displayed[Annotated[str, Length(1)]]] | None = describe(
        "The name that other people see.", examples=["Alice"]
    )
    attributes: Clearable[ApplicationData[Annotated[dict[str, Any], JsonText(), SoftMaxLength(4096)]]] | None = (
        describe("Data for your applications.", examples=[{"team": "night"}])
    )
    role: Annotated[
        ServiceRole | None,
        ServerDefault("the service's `default_chat_service_role`"),
        DefaultFrom(ServiceConfiguration),
        ROLE_ASSIGNED,
    ] = describe(
        "The role that determines what the user can do in the whole service. You cannot unset it.",
        examples=["supervisor"],
    )
