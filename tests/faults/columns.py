"""What each column of the fault matrix runs: a configuration, a command, and the requests that a fault strikes."""

from collections.abc import Mapping
from textwrap import dedent
from typing import Literal

from msgspec import Struct

from tests.faults.row import Column

APPLY = ("apply", "--auto-approve")


def configuration(*, agent: str = "[sendMessage]", reachable: str = "false", more: str = "", old: str = "") -> str:
    """Write a configuration of one service with two roles, `agent` and `old`."""
    return dedent(f"""\
        version: 1
        services:
          shop:
            configuration: {{reachability_enabled: {reachable}}}
            roles:
              agent: {{type: conversation, permissions: {agent}}}
              old: {old or "{type: conversation, permissions: [sendMessage]}"}
              {more}
        """)


BEFORE = configuration()


class Setting(Struct, frozen=True):
    """The configuration that a column applies, its command, and which of its requests a fault strikes.

    `requests` is how many requests the command sends if nothing fails, and `changes` is what it changes in the account.
    """

    configuration: str
    method: Literal["GET", "POST", "DELETE"]
    path: str
    requests: int
    changes: tuple[str, ...]
    command: tuple[str, ...] = APPLY


ROLES = "/v1/Services/*/Roles"
ROLE = "/v1/Services/*/Roles/*"
CONFIGURATION = "/v1/Services/*/Configuration"
ROLE_AGENT = "role agent: sendMessage"
AGENT_WITH_MORE = "role agent: leaveConversation sendMessage"
ROLE_LEAD = "role lead: sendMessage"
ROLE_OLD = "role old: sendMessage"

PERMISSIONS_ADDED = configuration(agent="[sendMessage, leaveConversation]")
ROLE_ADDED = configuration(more="lead: {type: conversation, permissions: [sendMessage]}")
UPDATED = (f"- {ROLE_AGENT}", f"+ {AGENT_WITH_MORE}")
CREATED = (f"+ {ROLE_LEAD}",)

# A plan sends 6 requests: the account, the lists of services, addresses and credentials, and the shop's configuration
# and roles. Two more count who uses a role that is to be deleted. An update and a delete read the resource before and
# after; a create lists the roles once more.
SETTINGS: Mapping[Column, Setting] = {
    Column.PLAN: Setting(BEFORE, "GET", ROLES, 6, (), ("plan",)),
    Column.READ: Setting(PERMISSIONS_ADDED, "GET", ROLE, 9, UPDATED),
    Column.CREATE: Setting(ROLE_ADDED, "POST", ROLES, 8, CREATED),
    Column.UPDATE: Setting(PERMISSIONS_ADDED, "POST", ROLE, 9, UPDATED),
    Column.SINGLETON: Setting(
        configuration(reachable="true"), "POST", CONFIGURATION, 9, ("- reachable: False", "+ reachable: True")
    ),
    Column.DELETE: Setting(configuration(old="{lifecycle: {absent: true}}"), "DELETE", ROLE, 11, (f"- {ROLE_OLD}",)),
}
