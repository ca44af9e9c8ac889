"""A Conversations service: the container of everything else."""

from typing import Annotated

from confsync.annotations import Contains, Immutable, Key, Length, ReferredToBy, describe
from confsync.resources.base import Resource
from confsync.resources.flex import FLEX_SERVICES
from confsync.resources.vocabulary import PUSH_BINDINGS
from confsync.risk_rules import NoRisk

# Twilio's documentation and captured responses agree on this name, but no live account has confirmed it.
DEFAULT_SERVICES = frozenset({"Default Conversations Service"})
"""The name of the service that Twilio creates with the first conversation of an account."""


class Service(
    Resource,
    path="Services",
    sid_prefix="IS",
    page_size=100,
    on_immutable_change="refuse",
    recreate_impact="the users, conversations and access tokens of the old service do not carry over",
    dependents=(Contains("conversation"), Contains("user"), Contains(PUSH_BINDINGS), ReferredToBy("phone address")),
    permission_probe="first page",
    flex_names=FLEX_SERVICES,
    default_names=DEFAULT_SERVICES,
):
    """An isolated set of conversations, users and roles.

    Twilio's API cannot rename a service. A new service with a different name would not contain the users and
    conversations of the old service.
    https://www.twilio.com/docs/conversations-classic/api/service-resource
    """

    friendly_name: Key[Immutable[Annotated[str, Length(1, 256), NoRisk("a guardrail blocks every change to it")]]] = (
        describe(
            "The service's name. You cannot change it, and it does not have to be unique in Twilio.",
            examples=["Support desk"],
        )
    )
