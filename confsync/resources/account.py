"""The account: what is set for all of its services."""

from confsync.model import Group


class Account(Group, section="account"):
    """What is set for the whole account, and the phone numbers and other addresses that it answers at."""
