"""Phone addresses: what becomes of messages to a number, an e-mail address or a page of the account's."""

from confsync.emulator.deed import Row
from confsync.emulator.kind import Filter, Kind, Parameter, Property, Unique, flag, names, text, texts
from confsync.emulator.refusal import INVALID_VALUE
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Choice, Flag, Names, Reference, Sid, Text, Url, Whole
from confsync.emulator.vocabulary import CONVERSATION_EVENTS

TYPES = ("sms", "whatsapp", "messenger", "gbm", "email", "rcs", "apple", "chat")


def phone_address(settings: Settings) -> Kind:
    """`/Configuration/Addresses`. Found by SID or by the address itself; type, address and country never change."""
    events = CONVERSATION_EVENTS if settings.unknown_filters == "reject" else None
    method = Choice(("get", "post"), 50055, any_case=True)
    filters = Names(events, INVALID_VALUE, settings.empty_filters)
    service = Reference("IS", when_empty="clear", kind="service", unknown=50050)
    return Kind(
        name="phone_address",
        docs="https://www.twilio.com/docs/conversations-classic/api/address-configuration-resource",
        paths=("/Configuration/Addresses",),
        verbs=("list", "create", "fetch", "update", "delete"),
        sid="IG",
        also_by="address",
        list_key="address_configurations",
        page_maximum=50,
        filters=(Filter("Type", Text(), "type = ?"),),
        unique=(Unique(("account_sid", "address"), settings.duplicate_address, "The address is configured already"),),
        parameters=(
            Parameter("Type", Choice(TYPES, any_case=True, echo="as_sent"), create="required"),
            Parameter("Address", Text(), create="required"),
            Parameter("FriendlyName", Text(at_most=256, too_long=50003), "optional", "optional"),
            Parameter("AutoCreation.Enabled", Flag(), "optional", "optional"),
            Parameter("AutoCreation.Type", Choice(("webhook", "studio", "default")), "optional", "optional"),
            Parameter("AutoCreation.ConversationServiceSid", service, "optional", "optional"),
            Parameter("AutoCreation.WebhookUrl", Url(50054, settings.empty_url), "optional", "optional"),
            Parameter("AutoCreation.WebhookMethod", method, "optional", "optional"),
            Parameter("AutoCreation.WebhookFilters", filters, "optional", "optional"),
            Parameter("AutoCreation.StudioFlowSid", Sid("FW"), "optional", "optional"),
            Parameter("AutoCreation.StudioRetryCount", Whole(at_most=3), "optional", "optional"),
            Parameter("AddressCountry", Text(at_most=2), create="optional"),
        ),
        properties=(
            *texts("sid", "account_sid", "type", "address", "friendly_name", "address_country"),
            flag("auto_creation.enabled"),
            text("auto_creation.type"),
            *texts("auto_creation.conversation_service_sid", "auto_creation.webhook_url"),
            Property("auto_creation.webhook_method", _method),
            names("auto_creation.webhook_filters"),
            *texts("auto_creation.studio_flow_sid", "auto_creation.studio_retry_count"),
            *texts("date_created", "date_updated"),
        ),
    )


def _method(row: Row) -> str | None:
    """Say in capitals what is sent in small letters."""
    method: str | None = row["auto_creation_webhook_method"]
    return method and method.upper()
