"""Users: those who take part with Twilio's SDKs, each by an identity of the application's."""

from confsync.emulator.kind import Kind, Parameter, Property, Unique, null, texts
from confsync.emulator.rules.user import give_role
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Json, Name, Text
from confsync.emulator.tables.role import role_of_type

IDENTITY = Name(256, 50207, sid="US", like_sid=50206, reserved=("system",), is_reserved=50203)
ATTRIBUTES_BYTES = 4 * 1024


def user(settings: Settings) -> Kind:
    """`/Services/{sid}/Users` and `/Users`. Found by SID or identity. Nobody is ever online here."""
    attributes = Json(ATTRIBUTES_BYTES, echo=settings.attributes)
    return Kind(
        name="user",
        docs="https://www.twilio.com/docs/conversations-classic/api/user-resource",
        paths=("/Services/{ChatServiceSid}/Users", "/Users"),
        verbs=("list", "create", "fetch", "update", "delete"),
        sid="US",
        variable="UserSid",
        also_by="identity",
        view="user_with_devices",
        list_key="users",
        page_maximum=50,
        unique=(Unique(("chat_service_sid", "identity"), 50201, "User already exists"),),
        parameters=(
            Parameter("Identity", IDENTITY, create="required"),
            Parameter("FriendlyName", Text(at_most=256, too_long=50003), "optional", "optional"),
            Parameter("Attributes", attributes, "optional", "optional"),
            Parameter("RoleSid", role_of_type("service", 50102, settings), "optional", "optional"),
        ),
        properties=(
            *texts("sid", "account_sid", "chat_service_sid", "role_sid", "identity", "friendly_name", "attributes"),
            null("is_online"),
            Property("is_notifiable", lambda row: bool(row["is_notifiable"]) or None, only_alone=True),
            *texts("date_created", "date_updated"),
        ),
        links=(("user_conversations", "{url}/Conversations"),),
        rules=(give_role,),
    )
