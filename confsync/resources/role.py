"""A role: what its holders may do."""

from collections.abc import Mapping
from typing import Annotated, Literal

from confsync.annotations import (
    EditableSet,
    Immutable,
    Key,
    Length,
    NotCounted,
    Param,
    ReferredToBy,
    RequiredOnUpdate,
    describe,
)
from confsync.lints import SoftMaxLength
from confsync.model import Ref
from confsync.resources.base import Resource
from confsync.resources.flex import FLEX_ROLES
from confsync.resources.service import Service
from confsync.resources.vocabulary import Permission
from confsync.risk_rules import GrantsPermissions, Level, RiskRule, RiskWhen, When


def _permissions(*words: str) -> Mapping[str, frozenset[str]]:
    return {"permissions": frozenset(" ".join(words).split())}


BUILT_IN = {
    ("channel admin", "conversation"): _permissions(
        "addParticipant deleteAnyMessage deleteConversation editAnyMessage editAnyMessageAttributes",
        "editAnyParticipantAttributes editConversationAttributes editConversationName editNotificationLevel",
        "leaveConversation removeParticipant sendMediaMessage sendMessage",
    ),
    ("channel user", "conversation"): _permissions(
        "deleteOwnMessage editNotificationLevel editOwnMessage editOwnMessageAttributes leaveConversation",
        "sendMediaMessage sendMessage",
    ),
    ("service admin", "service"): _permissions(
        "addParticipant createConversation deleteAnyMessage deleteConversation editAnyMessage",
        "editAnyMessageAttributes editAnyParticipantAttributes editAnyUserInfo editConversationAttributes",
        "editConversationName joinConversation removeParticipant",
    ),
    ("service user", "service"): _permissions("createConversation editOwnUserInfo joinConversation"),
}

SECOND_ROLE = RiskWhen(
    When.CHANGED,
    Level.MEDIUM,
    RiskRule.SUPERSEDED,
    "{field} is {after} instead of {before}: a second role is created, and users who have the old one keep it",
)


class Role(
    Resource,
    parent=Service,
    path="Roles",
    sid_prefix="RL",
    page_size=50,
    built_in=BUILT_IN,
    flex_names=FLEX_ROLES,
    dependents=(ReferredToBy("user"), NotCounted("participant")),
    permission_probe="first page",
):
    """A named set of permissions.

    A role applies either in a conversation or in the whole service.
    https://www.twilio.com/docs/conversations-classic/api/role-resource
    """

    friendly_name: Key[Immutable[Annotated[str, Length(1, 256), SoftMaxLength(64), SECOND_ROLE]]] = describe(
        "The role's name.", examples=["agent"]
    )
    type: Key[Immutable[Annotated[Literal["conversation", "service"], SECOND_ROLE]]] = describe(
        "Whether the role applies in a conversation or in the whole service.", examples=["conversation"]
    )
    permissions: Annotated[
        RequiredOnUpdate[EditableSet[Permission]],
        Param("Permission"),
        GrantsPermissions(over_others="Any|^delete|^remove"),
    ] = describe(
        "What the role allows. If you declare a list, the role has exactly these permissions. If you declare `add` or "
        "`remove`, permissions that you do not list there stay unchanged.",
        examples=[["sendMessage", "leaveConversation"], {"add": ["deleteAnyMessage"]}],
    )


ConversationRole = Annotated[str, Ref(Role, type="conversation")]
ServiceRole = Annotated[str, Ref(Role, type="service")]
