"""Roles: named sets of permissions of a service, or by the shortened path of the account's default service."""

from confsync.emulator.api_error import invalid_parameter
from confsync.emulator.parameter_types import Choice, SidReference, String, StringList
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import Parameter, ReferencingColumn, ResourceSpec, columns, list_column
from confsync.emulator.vocabulary import PERMISSIONS, PERMISSIONS_BY_TYPE
from confsync.emulator.write_context import Row, WriteContext

UNKNOWN_PERMISSION = 50104
REFERENCING_COLUMNS = (
    ReferencingColumn("service_configuration", "default_conversation_creator_role_sid"),
    ReferencingColumn("service_configuration", "default_conversation_role_sid"),
    ReferencingColumn("service_configuration", "default_chat_service_role_sid"),
    ReferencingColumn("user", "role_sid"),
    ReferencingColumn("participant", "role_sid"),
)


def role(settings: EmulatorSettings) -> ResourceSpec:
    """`/Services/{sid}/Roles` and `/Roles`. Name and type are immutable. An update replaces all permissions."""

    def check_permissions(context: WriteContext) -> Row:
        """Reject a permission that roles of this type cannot have."""
        role_type = context.get("type")
        if not PERMISSIONS_BY_TYPE[role_type].issuperset(context.get("permissions")):
            raise invalid_parameter("Permission", UNKNOWN_PERMISSION, f"not a permission of a {role_type} role")
        return {}

    permission = StringList(PERMISSIONS, UNKNOWN_PERMISSION, "reject", settings.duplicate_permissions)
    return ResourceSpec(
        name="role",
        docs="https://www.twilio.com/docs/conversations-classic/api/role-resource",
        paths=("/Services/{ChatServiceSid}/Roles", "/Roles"),
        operations=("list", "create", "fetch", "update", "delete"),
        sid_prefix="RL",
        list_key="roles",
        page_maximum=50,
        parameters=(
            Parameter("FriendlyName", String(at_most=settings.role_name_length, too_long=50003), create="required"),
            Parameter("Type", Choice(("conversation", "service"), wrong=50105), create="required"),
            Parameter("Permission", permission, "required", "required", stored_as="permissions"),
        ),
        properties=(
            *columns("sid", "account_sid", "chat_service_sid", "friendly_name", "type"),
            list_column("permissions"),
            *columns("date_created", "date_updated"),
        ),
        referenced_by=REFERENCING_COLUMNS if settings.delete_role_in_use == "reject" else (),
        rules=(check_permissions,) if settings.permission_of_other_type == "reject" else (),
    )


def role_of_type(role_type: str, mismatch: int, settings: EmulatorSettings) -> SidReference:
    """Build the type of a parameter that refers to a role of one type in the same service."""
    return SidReference(
        "RL",
        when_empty=settings.empty_role_sid,
        empty=50103,
        table="role",
        matching=(("type", role_type),),
        unknown=50100,
        mismatch=mismatch,
    )
