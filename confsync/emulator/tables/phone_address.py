"""Phone addresses: how Twilio handles messages to a phone number, email address or page of the account."""

from confsync.emulator.addresses import has_form_of, shown_address
from confsync.emulator.api_error import INVALID_VALUE, invalid_parameter
from confsync.emulator.parameter_types import (
    Boolean,
    Choice,
    Integer,
    SidReference,
    SidString,
    String,
    StringList,
    WebUrl,
)
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import (
    Filter,
    Parameter,
    Property,
    ResourceSpec,
    Unique,
    boolean_column,
    column,
    columns,
    list_column,
)
from confsync.emulator.vocabulary import CONVERSATION_EVENTS
from confsync.emulator.write_context import Row, WriteContext

TYPES = ("sms", "whatsapp", "messenger", "gbm", "email", "rcs", "apple", "chat")


def phone_address(settings: EmulatorSettings) -> ResourceSpec:
    """`/Configuration/Addresses`. It is found by SID or address. Type, address and country are immutable."""
    events = CONVERSATION_EVENTS if settings.unknown_filters == "reject" else None
    method = Choice(("get", "post"), 50055, any_case=True)
    filters = StringList(events, INVALID_VALUE, settings.empty_filters)
    service = SidReference("IS", when_empty="clear", table="service", unknown=50050)
    return ResourceSpec(
        name="phone_address",
        docs="https://www.twilio.com/docs/conversations-classic/api/address-configuration-resource",
        paths=("/Configuration/Addresses",),
        operations=("list", "create", "fetch", "update", "delete"),
        sid_prefix="IG",
        alternate_key="address",
        list_key="address_configurations",
        page_maximum=50,
        filters=(Filter("Type", String(), "type = ?"),),
        unique=(Unique(("account_sid", "address"), settings.duplicate_address, "The address is already configured"),),
        parameters=(
            Parameter("Type", Choice(TYPES, any_case=True, stored="as_sent"), create="required"),
            Parameter("Address", String(), create="required"),
            Parameter("FriendlyName", String(at_most=256, too_long=50003), "optional", "optional"),
            Parameter("AutoCreation.Enabled", Boolean(), "optional", "optional"),
            Parameter("AutoCreation.Type", Choice(("webhook", "studio", "default")), "optional", "optional"),
            Parameter("AutoCreation.ConversationServiceSid", service, "optional", "optional"),
            Parameter("AutoCreation.WebhookUrl", WebUrl(50054, settings.empty_url), "optional", "optional"),
            Parameter("AutoCreation.WebhookMethod", method, "optional", "optional"),
            Parameter("AutoCreation.WebhookFilters", filters, "optional", "optional"),
            Parameter("AutoCreation.StudioFlowSid", SidString("FW"), "optional", "optional"),
            Parameter("AutoCreation.StudioRetryCount", Integer(at_most=3), "optional", "optional"),
            Parameter("AddressCountry", String(at_most=2), create="optional"),
        ),
        properties=(
            *columns("sid", "account_sid", "type"),
            Property("address", lambda row: shown_address(row["address"], settings)),
            *columns("friendly_name", "address_country"),
            boolean_column("auto_creation.enabled"),
            column("auto_creation.type"),
            *columns("auto_creation.conversation_service_sid", "auto_creation.webhook_url"),
            Property("auto_creation.webhook_method", _method),
            list_column("auto_creation.webhook_filters"),
            *columns("auto_creation.studio_flow_sid", "auto_creation.studio_retry_count"),
            *columns("date_created", "date_updated"),
        ),
        rules=(check_address_form,),
    )


def check_address_form(context: WriteContext) -> Row:
    """Reject a new address that is not written as its type requires."""
    if context.is_create and context.settings.address_form == "checked":
        address_type, address = context.columns["type"], context.columns["address"]
        if not has_form_of(address_type, address):
            why = f"not an address of type {address_type}"
            raise invalid_parameter("Address", context.settings.malformed_address, why)
    return {}


def _method(row: Row) -> str | None:
    """Return in upper case what the client sends in lower case."""
    method: str | None = row["auto_creation_webhook_method"]
    return method and method.upper()
