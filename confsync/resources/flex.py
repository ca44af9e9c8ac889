"""What Flex creates in an account and keeps using, so that a team should look it up rather than manage it.

Twilio publishes no list, and none of this was observed on a live account: this file is the one place to correct. What
is marked as likely was seen in recorded responses or in several public code bases; what is marked as a guess was not.
Flex uses the account's default service, whatever its name (likely): `UsedByFlex` marks the field that names it.
"""

FLEX_SERVICES = frozenset(
    {
        "Flex Chat Service",  # likely
        "Flex Conversation Service",  # likely
        "Flex Conversations Service",  # likely
    }
)
"""The names of the service that Flex creates; it depends on the age of the Flex project."""

FLEX_ROLES = frozenset(
    {
        "admin",  # likely
        "agent",  # likely
        "guest",  # likely
        "supervisor",  # a guess, after the role of that name in Flex itself
    }
)
"""The names of the roles that Flex creates in its service, besides Twilio's built-in ones."""
