"""The addresses of channels: phone numbers, mailboxes, and names with the prefix of a channel."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Struct

from confsync.annotations import Length, Pattern, RegionGap
from confsync.codecs import AddressText, MailboxText
from confsync.secret import Secret

_NUMBER = r"\+[1-9][0-9]{6,14}"
_MAILBOX = r"[^\s<>@]+@[^\s<>@]+\.[^\s<>@]+"

PREFIXED = ("whatsapp", "messenger", "rcs", "gbm", "apple", "chat")
"""The channels whose addresses begin with their name and a colon, at least in a participant."""

FORMS: Mapping[str, Pattern] = {
    "sms": Pattern(rf"{_NUMBER}|[0-9]{{3,8}}", "is a number in E.164 format, such as +15551230000, or a short code"),
    "whatsapp": Pattern(
        rf"whatsapp:{_NUMBER}", "is `whatsapp:` and a number in E.164 format, such as whatsapp:+15551230000"
    ),
    "messenger": Pattern(r"messenger:[A-Za-z0-9._-]+", "is `messenger:` and the id of a page or a person"),
    "email": Pattern(_MAILBOX, "is an email address"),
}
"""How the addresses of a channel are written. Twilio does not publish the form of the others."""


class AddressForm(Struct, frozen=True):
    """The text is an address of the channel that the field `by` names; without `by`, of the one that it shows."""

    by: str = ""

    def violation(self, value: object, siblings: Mapping[str, object]) -> str:
        """Describe how the channel's addresses are written, if this one is not; empty otherwise."""
        if not isinstance(value, str):
            return ""
        channel = str(siblings.get(self.by)) if self.by else channel_of(value)
        form = FORMS.get(channel)
        if form is None or form.matches(value):
            return ""
        return f"an address of type '{channel}' {form.description}, but this is '{value}'"


class SameChannelAs(Struct, frozen=True):
    """The text is another address of the same channel as that of the field `other`."""

    other: str

    def violation(self, value: object, siblings: Mapping[str, object]) -> str:
        """Describe what is wrong with the two addresses together; empty if nothing is."""
        opposite = siblings.get(self.other)
        if value == opposite and isinstance(value, str | Secret):
            return f"it equals '{self.other}'; Twilio requires another address of yours (error 50409)"
        if not isinstance(value, str) or not isinstance(opposite, str):
            return ""
        ours, theirs = channel_of(value), channel_of(opposite)
        if ours == theirs:
            return ""
        return f"it is an address of type '{ours}', and '{self.other}' is one of type '{theirs}' (error 50414)"


def channel_of(address: str) -> str:
    """Return the channel that an address belongs to."""
    prefix = address.partition(":")[0]
    if prefix in PREFIXED:
        return prefix
    return "email" if "@" in address else "sms"


AccountAddress = Annotated[
    str, AddressText(), Length(1), Pattern(r"[^\s<>]+", "has no spaces or angle brackets"), AddressForm(by="type")
]
"""An address of the account, whose type another field declares."""

ParticipantAddress = Annotated[
    str,
    AddressText(),
    Length(1, 256),
    Pattern(
        rf"{_NUMBER}|[0-9]{{3,8}}|[A-Za-z]+:[^\s<>]+|{_MAILBOX}",
        "is a number in E.164 format, an email address, or a channel prefix followed by an address",
    ),
    AddressForm(),
    RegionGap("ie1", "participants with an address"),
]
"""An address of either side of a conversation, which shows its channel."""

Mailbox = Annotated[
    str, MailboxText(), Length(1), Pattern(_MAILBOX, "is an email address"), RegionGap("ie1", "conversations by email")
]
