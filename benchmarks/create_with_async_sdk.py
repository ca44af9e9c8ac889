"""Create with Twilio's SDK what a first apply creates: `create_with_async_sdk.py URL PREFIX SERVICES CONCURRENCY`.

It does so as an expert would write it: one asynchronous session, at most CONCURRENCY requests at once, and what is in a
service as soon as the service exists. It lists the services first, so that none is created twice. It reads nothing
back, and records nothing.
"""

import asyncio
import sys
from collections.abc import Awaitable
from typing import TypeVar

from aiohttp import ClientSession, TCPConnector
from twilio.http.async_http_client import AsyncTwilioHttpClient  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]
from twilio.rest.conversations.v1 import V1  # type: ignore[import-untyped]
from twilio.rest.conversations.v1.service import ServiceContext, ServiceInstance  # type: ignore[import-untyped]

Result = TypeVar("Result")


class Creator:
    """Creates services and what is in them, at most so many at once."""

    def __init__(self, conversations: V1, concurrency: int) -> None:
        self.conversations = conversations
        self.limit = asyncio.Semaphore(concurrency)

    async def within_limit(self, call: Awaitable[Result]) -> Result:
        """Wait for the result of one request."""
        async with self.limit:
            return await call

    async def create_all(self, names: dict[str, int]) -> None:
        """Create each service that does not exist."""
        listed = await self.conversations.services.list_async(page_size=100)
        existing = {each.friendly_name for each in listed}
        async with asyncio.TaskGroup() as tasks:
            for name, number in names.items():
                if name not in existing:
                    tasks.create_task(self.create(name, number))

    async def create(self, name: str, number: int) -> None:
        """Create a service, then everything in it that does not need anything else."""
        made: ServiceInstance = await self.within_limit(
            self.conversations.services.create_async(friendly_name=name)  # the coroutine starts when it may
        )
        service = self.conversations.services(made.sid)
        url = f"https://hooks.example.com/{number}"
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.configure(service))
            lead = ["createConversation", "joinConversation"]
            tasks.create_task(self.within_limit(service.roles.create_async("lead", "service", lead)))
            notifications = service.configuration.notifications().update_async(
                new_message_enabled=True, new_message_template="${PARTICIPANT}: ${MESSAGE}", log_enabled=True
            )
            tasks.create_task(self.within_limit(notifications))
            webhooks = service.configuration.webhooks().update_async(
                post_webhook_url=url, method="POST", filters=["onMessageAdded"]
            )
            tasks.create_task(self.within_limit(webhooks))

    async def configure(self, service: ServiceContext) -> None:
        """Create the role that the configuration names, then update the configuration."""
        agent = ["sendMessage", "leaveConversation", "editOwnMessage"]
        role = await self.within_limit(service.roles.create_async("agent", "conversation", agent))
        update = service.configuration().update_async(default_conversation_role_sid=role.sid, reachability_enabled=True)
        await self.within_limit(update)


async def create(url: str, names: dict[str, int], concurrency: int) -> None:
    """Create everything."""
    http = AsyncTwilioHttpClient()
    await http.session.close()
    http.session = ClientSession(connector=TCPConnector(limit=concurrency))
    client = Client(http_client=http)
    client.conversations.base_url = url
    async with http:
        await Creator(client.conversations.v1, concurrency).create_all(names)


def main() -> None:
    """Create once."""
    url, prefix, services, concurrency = sys.argv[1:]
    asyncio.run(create(url, {f"{prefix}{number}": number for number in range(int(services))}, int(concurrency)))


if __name__ == "__main__":
    main()
