"""The order in which resources are created."""

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from confsync.config.desired import Desired
from confsync.errors import InvalidConfiguration
from confsync.names import Address
from confsync.planning.order import creation_order
from tests.harness import Harness


def test_requirements_come_first_and_the_order_of_the_files_stays(harness: Harness) -> None:
    config = harness.config("""
        version: 1
        services:
          b:
            configuration: {default_conversation_role: agent}
            roles: {agent: {type: conversation, permissions: [sendMessage]}}
          a:
            webhooks: {method: POST}
        credentials: {push: {type: fcm, secret: "${{ env.PUSH_KEY }}"}}
        """)
    order = [str(each.address) for each in creation_order(config)]
    assert [each for each in order if each.startswith("services/b")] == [
        "services/b",
        "services/b/roles/agent",
        "services/b/configuration",
    ]
    tops = ["/".join(each.split("/")[:2]) for each in order]
    assert len([top for top, before in zip(tops, [None, *tops], strict=False) if top != before]) == 3


def test_a_cycle_is_reported_with_its_path(harness: Harness) -> None:
    config = harness.config("version: 1\nservices: {a: {}, b: {}}\n")
    resources = dict(config.resources)
    a, b = Address.parse("services/a"), Address.parse("services/b")
    round_and_round = {a: referring(resources, a, b), b: referring(resources, b, a)}
    with pytest.raises(InvalidConfiguration) as wrong:
        creation_order(replace(config, resources=round_and_round))
    (mistake,) = wrong.value.diagnostics
    assert mistake.code == "CS2012"
    assert "services/a -> services/b -> services/a" in mistake.summary or (
        "services/b -> services/a -> services/b" in mistake.summary
    )


def referring(resources: Mapping[Address, Desired], address: Address, to: Address) -> Desired:
    """A resource that refers to another one."""
    desired = resources[address]
    return replace(desired, fields={**desired.fields, "friend": to})
