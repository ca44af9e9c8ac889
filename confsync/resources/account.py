"""The account: settings that apply to all of its services."""

from confsync.resources.base import Group


class Account(Group, section="account"):
    """Settings for the whole account, and the phone numbers and other addresses at which people reach it."""
