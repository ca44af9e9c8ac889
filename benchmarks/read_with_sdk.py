"""What a careful person would write today: read what a plan reads, with Twilio's SDK, one request after another.

`read_with_sdk.py URL PREFIX` reads the services whose names begin so; the account and its token come from
TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN. One client, so one kept connection; the largest pages that Twilio gives;
nothing is read twice.
"""

import sys

from twilio.rest import Client  # type: ignore[import-untyped]


def main() -> None:
    """Read the account, the services, and what is in each."""
    url, prefix = sys.argv[1:]
    client = Client()
    client.conversations.base_url = url
    conversations = client.conversations.v1
    conversations.configuration().fetch()
    for listed in conversations.services.list(page_size=100):
        if listed.friendly_name.startswith(prefix):
            service = conversations.services(listed.sid)
            service.configuration().fetch()
            service.configuration.notifications().fetch()
            service.configuration.webhooks().fetch()
            service.roles.list(page_size=50)


if __name__ == "__main__":
    main()
