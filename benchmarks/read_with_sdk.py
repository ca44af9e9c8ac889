"""Read with Twilio's SDK what a plan reads, one request after another: `read_with_sdk.py URL PREFIX`.

It reads the services whose names begin with PREFIX. TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN hold the credentials. It
uses one client, and so one connection, and the largest page size, and reads nothing twice.
"""

import sys

from twilio.rest import Client  # type: ignore[import-untyped]


def main() -> None:
    """Read the account, its credentials, addresses and services, and the settings and roles of each service."""
    url, prefix = sys.argv[1:]
    client = Client()
    client.conversations.base_url = url
    conversations = client.conversations.v1
    conversations.configuration().fetch()
    conversations.credentials.list(page_size=100)
    conversations.address_configurations.list(page_size=50)
    for listed in conversations.services.list(page_size=100):
        if listed.friendly_name.startswith(prefix):
            service = conversations.services(listed.sid)
            service.configuration().fetch()
            service.configuration.notifications().fetch()
            service.configuration.webhooks().fetch()
            service.roles.list(page_size=50)


if __name__ == "__main__":
    main()
