"""Users of Twilio's SDKs, each with an identity that the application chooses."""

from confsync.emulator.member_rules import assign_user_role
from confsync.emulator.parameter_types import Identifier, JsonString, String
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import Parameter, Property, ResourceSpec, Unique, always_null, columns
from confsync.emulator.tables.role import role_of_type

IDENTITY = Identifier(256, 50207, sid_prefix="US", like_sid=50206, reserved=("system",), is_reserved=50203)
ATTRIBUTES_BYTES = 4 * 1024


def user(settings: EmulatorSettings) -> ResourceSpec:
    """`/Services/{sid}/Users` and `/Users`. It is found by SID or identity. No user is ever online in the emulator."""
    attributes = JsonString(ATTRIBUTES_BYTES, stored=settings.attributes)
    return ResourceSpec(
        name="user",
        docs="https://www.twilio.com/docs/conversations-classic/api/user-resource",
        paths=("/Services/{ChatServiceSid}/Users", "/Users"),
        operations=("list", "create", "fetch", "update", "delete"),
        sid_prefix="US",
        variable="UserSid",
        alternate_key="identity",
        view="user_with_devices",
        list_key="users",
        page_maximum=50,
        unique=(Unique(("chat_service_sid", "identity"), 50201, "User already exists"),),
        parameters=(
            Parameter("Identity", IDENTITY, create="required"),
            Parameter("FriendlyName", String(at_most=256, too_long=50003), "optional", "optional"),
            Parameter("Attributes", attributes, "optional", "optional"),
            Parameter("RoleSid", role_of_type("service", 50102, settings), "optional", "optional"),
        ),
        properties=(
            *columns("sid", "account_sid", "chat_service_sid", "role_sid", "identity", "friendly_name", "attributes"),
            always_null("is_online"),
            Property("is_notifiable", lambda row: bool(row["is_notifiable"]) or None, null_in_lists=True),
            *columns("date_created", "date_updated"),
        ),
        links=(("user_conversations", "{url}/Conversations"),),
        rules=(assign_user_role,),
    )
