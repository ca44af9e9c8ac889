"""The addresses of people and of the account: phone numbers, mailboxes, and names with the prefix of a channel."""

import re
from typing import Final

from confsync.emulator.settings import EmulatorSettings

CHANNELS: Final = ("whatsapp", "messenger", "gbm", "rcs", "apple", "chat")
APPLE_BUSINESS: Final = "urn:mbid:"

_PHONE = r"\+[1-9][0-9]{6,14}"
_FORMS: Final = {
    "sms": rf"{_PHONE}|[0-9]{{3,8}}",
    "whatsapp": rf"whatsapp:{_PHONE}",
    "messenger": r"messenger:[a-z0-9._-]+",
    "email": r"[^\s<>@]+@[^\s<>@]+\.[^\s<>@]+",
}
_OTHER_FORM: Final = r"[^\s<>]+"


def channel_of(address: str) -> str:
    """Derive the channel from an address: its prefix, email or SMS."""
    prefix = address.partition(":")[0].lower()
    if prefix in CHANNELS:
        return prefix
    if address.lower().startswith(APPLE_BUSINESS):
        return "apple"
    return "email" if "@" in address else "sms"


def has_form_of(channel: str, address: str) -> bool:
    """Return whether an address is written as the channel requires."""
    form = _FORMS.get(channel.lower(), _OTHER_FORM)
    return re.fullmatch(form, address, re.ASCII | re.IGNORECASE) is not None


def shown_address(address: str | None, settings: EmulatorSettings) -> str | None:
    """Return an address as a response writes it."""
    return _folded(address) if address and settings.address_case == "lower" else address


def _folded(address: str) -> str:
    """Write a mailbox, or the prefix of a channel, in lower case."""
    prefix, colon, rest = address.partition(":")
    if channel_of(address) == "email":
        return address.lower()
    return f"{prefix.lower()}:{rest}" if colon else address
