"""A role: what its holders may do."""

from typing import Annotated, Literal

from pydantic import Field

from confsync.annotations import EditableSet, GrantsPermissions, Immutable, Key, Param, SoftMaxLength
from confsync.model import NotCounted, Ref, ReferredToBy, Resource
from confsync.resources.service import Service
from confsync.resources.vocabulary import Permission

BUILT_IN = (
    ("channel admin", "conversation"),
    ("channel user", "conversation"),
    ("service admin", "service"),
    ("service user", "service"),
)


class Role(
    Resource,
    parent=Service,
    path="Roles",
    sid_prefix="RL",
    page_size=50,
    built_in=BUILT_IN,
    permission_probe="first page",
    dependents=(ReferredToBy("user"), NotCounted("participant")),
):
    """A named set of permissions.

    An update replaces the whole set, which cannot be empty.
    https://www.twilio.com/docs/conversations-classic/api/role-resource
    """

    friendly_name: Key[Immutable[Annotated[str, Field(min_length=1, max_length=256), SoftMaxLength(64)]]] = Field(
        description="The role's name.", examples=["agent"]
    )
    type: Key[Immutable[Literal["conversation", "service"]]] = Field(
        description="Whether the role is held in a conversation or in the whole service.", examples=["conversation"]
    )
    permissions: Annotated[
        EditableSet[Permission], Param("Permission"), GrantsPermissions(over_others="Any|^delete|^remove")
    ] = Field(
        description="Everything that the role allows, what is not listed being taken away; or what must be among it "
        "and what must not, every other permission being left alone.",
        examples=[["sendMessage", "leaveConversation"], {"add": ["deleteAnyMessage"]}],
    )


ConversationRole = Annotated[str, Ref(Role, type="conversation")]
ServiceRole = Annotated[str, Ref(Role, type="service")]
