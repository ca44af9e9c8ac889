"""Roles: named sets of permissions, of a service or (by the shortened path) of the account's default one."""

from confsync.emulator.deed import Deed, Row
from confsync.emulator.kind import Holder, Kind, Parameter, names, texts
from confsync.emulator.refusal import invalid
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Choice, Names, Reference, Text
from confsync.emulator.vocabulary import PERMISSIONS, PERMISSIONS_OF

UNKNOWN_PERMISSION = 50104
USES = (
    Holder("service_configuration", "default_conversation_creator_role_sid"),
    Holder("service_configuration", "default_conversation_role_sid"),
    Holder("service_configuration", "default_chat_service_role_sid"),
    Holder("user", "role_sid"),
    Holder("participant", "role_sid"),
)


def role(settings: Settings) -> Kind:
    """`/Services/{sid}/Roles` and `/Roles`. Name and type never change; an update replaces all permissions."""

    def check_permissions(deed: Deed) -> Row:
        """Refuse a permission that roles of this type cannot have."""
        kind_of_role = deed.get("type")
        if not PERMISSIONS_OF[kind_of_role].issuperset(deed.get("permissions")):
            raise invalid("Permission", UNKNOWN_PERMISSION, f"not a permission of a {kind_of_role} role")
        return {}

    permission = Names(PERMISSIONS, UNKNOWN_PERMISSION, "reject", settings.duplicate_permissions)
    return Kind(
        name="role",
        docs="https://www.twilio.com/docs/conversations-classic/api/role-resource",
        paths=("/Services/{ChatServiceSid}/Roles", "/Roles"),
        verbs=("list", "create", "fetch", "update", "delete"),
        sid="RL",
        list_key="roles",
        page_maximum=50,
        parameters=(
            Parameter("FriendlyName", Text(at_most=settings.role_name_length, too_long=50003), create="required"),
            Parameter("Type", Choice(("conversation", "service"), wrong=50105), create="required"),
            Parameter("Permission", permission, "required", "required", kept_in="permissions"),
        ),
        properties=(
            *texts("sid", "account_sid", "chat_service_sid", "friendly_name", "type"),
            names("permissions"),
            *texts("date_created", "date_updated"),
        ),
        held_by=USES if settings.delete_role_in_use == "reject" else (),
        rules=(check_permissions,) if settings.permission_of_other_type == "reject" else (),
    )


def role_of_type(kind_of_role: str, unlike: int, settings: Settings) -> Reference:
    """Describe a parameter that names a role of the same service, of one type only."""
    return Reference(
        "RL",
        when_empty=settings.empty_role_sid,
        empty=50103,
        kind="role",
        alike=(("type", kind_of_role),),
        unknown=50100,
        unlike=unlike,
    )
