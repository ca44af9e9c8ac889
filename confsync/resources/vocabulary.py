"""Types of values that several resource types share: permissions, events, methods, URLs, timers and SIDs.

Twilio's own lists are incomplete, so an unknown permission or event is only a warning. The lists come from Twilio's
pages on roles and webhooks. The API accepts the four permissions in `_UNLISTED`, which the page on roles omits.
"""

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Struct

from confsync.annotations import Length, Listing, Lower, Pattern, PerEnvironment, RegionGap, Upper
from confsync.codecs import Duration, Value
from confsync.lints import KnownValues
from confsync.resources.shared_risks import METHOD_CHANGED, CalledBefore
from confsync.risk_rules import ReceivesData

_SHARED = frozenset(
    {
        "addParticipant",
        "deleteAnyMessage",
        "deleteConversation",
        "editAnyMessage",
        "editAnyMessageAttributes",
        "editAnyUserInfo",
        "editConversationAttributes",
        "editConversationName",
        "editOwnMessage",
        "editOwnMessageAttributes",
        "editOwnUserInfo",
        "removeParticipant",
    }
)
_UNLISTED = frozenset(
    {"addNonChatParticipant", "editNotificationLevel", "editAnyParticipantAttributes", "editOwnParticipantAttributes"}
)
_OF_SERVICE = _SHARED | {"createConversation", "joinConversation"}
_OF_CONVERSATION = _SHARED | {"deleteOwnMessage", "leaveConversation", "sendMediaMessage", "sendMessage"}

Permission = Annotated[
    str,
    Length(1),
    KnownValues(
        "permission",
        _OF_SERVICE | _OF_CONVERSATION | _UNLISTED,
        likely=_UNLISTED,
        by="type",
        values_by={"service": _OF_SERVICE | _UNLISTED, "conversation": _OF_CONVERSATION | _UNLISTED},
    ),
]

_BEFORE = frozenset(
    {
        "onMessageAdd",
        "onMessageRemove",
        "onMessageUpdate",
        "onConversationAdd",
        "onConversationRemove",
        "onConversationUpdate",
        "onParticipantAdd",
        "onParticipantRemove",
        "onParticipantUpdate",
    }
)
_AFTER = frozenset(
    {
        "onMessageAdded",
        "onMessageRemoved",
        "onMessageUpdated",
        "onConversationAdded",
        "onConversationRemoved",
        "onConversationUpdated",
        "onConversationStateUpdated",
        "onParticipantAdded",
        "onParticipantRemoved",
        "onParticipantUpdated",
        "onDeliveryUpdated",
    }
)

_OF_USERS_BEFORE = frozenset({"onUserUpdate"})
_OF_USERS_AFTER = frozenset({"onUserAdded", "onUserUpdated"})
_OF_ALL = _BEFORE | _AFTER | _OF_USERS_BEFORE | _OF_USERS_AFTER

_RECEIPTS = RegionGap("ie1", "delivery receipts", only=frozenset({"onDeliveryUpdated"}))

AccountEvent = Annotated[str, Length(1), _RECEIPTS, KnownValues("account webhook event", _OF_ALL)]
"""All 23 events."""

ServiceEvent = Annotated[
    str, Length(1), _RECEIPTS, KnownValues("service webhook event", _BEFORE | _AFTER, elsewhere=_OF_ALL)
]
"""The 20 events of a service's webhooks: all but the three about users."""

EventAfter = Annotated[
    str,
    Length(1),
    _RECEIPTS,
    KnownValues("conversation webhook event", _AFTER - {"onConversationAdded"}, elsewhere=_OF_ALL),
]
"""The 10 events of the webhooks of a conversation and of a phone address."""

Method = Annotated[Upper[Literal["GET", "POST"]], METHOD_CHANGED]

LowerMethod = Annotated[Lower[Literal["get", "post"]], METHOD_CHANGED]
"""The same, for the operations whose form Twilio documents in lower case."""


class Unreachable(Struct, frozen=True):
    """Warns of a URL that leads to the machine that opens it."""

    def check(self, value: str, _siblings: Mapping[str, Value]) -> str:
        """Warn of a host that is this machine."""
        try:
            host = urlsplit(value).hostname or ""
        except ValueError:
            return ""
        local = host == "localhost" or host.endswith(".localhost") or host == "::1" or host.startswith("127.")
        return f"'{host}' is this machine, which Twilio cannot reach" if local else ""

    def hint(self, _value: str, _siblings: Mapping[str, Value]) -> str:
        """Suggest what Twilio can reach."""
        return "write the host under which others reach it"


URL = Pattern(r"https?://[^\s/?#]+[^\s]*", "begins with http:// or https://")
WebhookUrl = Annotated[str, URL, Unreachable(), ReceivesData()]
PreWebhookUrl = CalledBefore[Annotated[str, URL, Unreachable()]]

# Twilio has refused these since 2021. It accepts `https://localhost`, at least for an address.
NO_LOCAL_PORT = Pattern(
    r"(?!http://[lL][oO][cC][aA][lL][hH][oO][sS][tT]:[0-9]).*",
    "cannot begin with http://localhost:PORT, which Twilio rejects",
)
"""Limits the URL of a webhook of the account or of a conversation."""

InactiveTimer = Annotated[str, Duration(at_least=60)]
ClosedTimer = Annotated[str, Duration(at_least=600)]

NameInUrls = Annotated[
    str, Pattern(r"(?!\.{1,2}$|(?:US|CH)[0-9a-f]{32}$).+", "cannot look like a SID or consist only of dots")
]
"""A name that Twilio accepts in a URL instead of a SID."""

# A binding of the type `twilsock` is an open connection, not a device that receives pushes.
PUSH_BINDINGS = Listing(
    title="push binding",
    path="Bindings",
    list_key="bindings",
    page_size=100,
    filters=(("BindingType", "apn"), ("BindingType", "gcm"), ("BindingType", "fcm")),
)

MessagingServiceSid = Annotated[
    PerEnvironment[str],
    Pattern("MG[0-9a-fA-F]{32}", "is MG followed by 32 hexadecimal digits"),
    RegionGap("ie1", "messaging services"),
]
FlowSid = Annotated[PerEnvironment[str], Pattern("FW[0-9a-fA-F]{32}", "is FW followed by 32 hexadecimal digits")]
