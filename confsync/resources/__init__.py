"""Every resource type that can be declared, in the order in which the documentation tells them."""

from functools import cache

from confsync.model import Kind
from confsync.resources.credential import Credential
from confsync.resources.role import Role
from confsync.resources.service import Service
from confsync.resources.service_configuration import ServiceConfiguration
from confsync.resources.service_notifications import ServiceNotifications
from confsync.resources.service_webhooks import ServiceWebhooks

KINDS: tuple[Kind, ...] = tuple(
    model.kind
    for model in (
        Service,
        ServiceConfiguration,
        ServiceNotifications,
        ServiceWebhooks,
        Role,
        Credential,
    )
)


@cache
def children_of(parent: Kind | None) -> tuple[Kind, ...]:
    """Give the kinds that stand directly below one; without one, those at the top."""
    return tuple(kind for kind in KINDS if kind.parent is parent)
