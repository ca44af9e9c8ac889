"""Create with Twilio's SDK what a first apply creates: `create_with_async_sdk.py URL PREFIX SERVICES CONCURRENCY HOW`.

It does so as an expert would write it: one asynchronous session, at most CONCURRENCY requests at once, and what is in a
service as soon as the service exists. It lists the services first, so that none is created twice.

If HOW is `at-once`, it sends all writes in a service at once, reads nothing back, and records nothing. If HOW is
`in-order`, it does what an apply has to do, except that it records nothing either: it checks the account, sends the
writes in a service one after another, and reads back what it wrote.
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

    async def create_all_in_order(self, names: dict[str, int]) -> None:
        """Create each service that does not exist, if the account is there, and read back what is in them."""
        await self.within_limit(self.conversations.configuration().fetch_async())
        existing = await self.existing()
        async with asyncio.TaskGroup() as tasks:
            for name, number in names.items():
                if name not in existing:
                    tasks.create_task(self.create_in_order(name, number))
        await self.existing()

    async def create_in_order(self, name: str, number: int) -> None:
        """Create a service, then everything in it, one after another; then read it back."""
        made: ServiceInstance = await self.within_limit(self.conversations.services.create_async(friendly_name=name))
        service = self.conversations.services(made.sid)
        await self.configure(service)
        for each in self.independent(service, number):
            await self.within_limit(each)
        configuration = service.configuration
        async with asyncio.TaskGroup() as tasks:
            for read in (service.configuration(), configuration.notifications(), configuration.webhooks()):
                tasks.create_task(self.within_limit(read.fetch_async()))
            tasks.create_task(self.within_limit(service.roles.list_async(page_size=50)))

    async def existing(self) -> set[str]:
        """List the names of the services."""
        listed = await self.within_limit(self.conversations.services.list_async(page_size=100))
        return {each.friendly_name for each in listed}

    async def create_all(self, names: dict[str, int]) -> None:
        """Create each service that does not exist."""
        existing = await self.existing()
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
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.configure(service))
            for each in self.independent(service, number):
                tasks.create_task(self.within_limit(each))

    def independent(self, service: ServiceContext, number: int) -> tuple[Awaitable[object], ...]:
        """Return the writes in a service that need nothing but the service."""
        lead = ["createConversation", "joinConversation"]
        template = "${PARTICIPANT}: ${MESSAGE}"
        url = f"https://hooks.example.com/{number}"
        return (
            service.roles.create_async("lead", "service", lead),
            service.configuration.notifications().update_async(
                new_message_enabled=True, new_message_template=template, log_enabled=True
            ),
            service.configuration.webhooks().update_async(
                post_webhook_url=url, method="POST", filters=["onMessageAdded"]
            ),
        )

    async def configure(self, service: ServiceContext) -> None:
        """Create the role that the configuration names, then update the configuration."""
        agent = ["sendMessage", "leaveConversation", "editOwnMessage"]
        role = await self.within_limit(service.roles.create_async("agent", "conversation", agent))
        update = service.configuration().update_async(default_conversation_role_sid=role.sid, reachability_enabled=True)
        await self.within_limit(update)


async def create(url: str, names: dict[str, int], concurrency: int, how: str) -> None:
    """Create everything."""
    http = AsyncTwilioHttpClient()
    await http.session.close()
    http.session = ClientSession(connector=TCPConnector(limit=concurrency))
    client = Client(http_client=http)
    client.conversations.base_url = url
    async with http:
        creator = Creator(client.conversations.v1, concurrency)
        await (creator.create_all_in_order(names) if how == "in-order" else creator.create_all(names))


def main() -> None:
    """Create once."""
    url, prefix, services, concurrency, how = sys.argv[1:]
    asyncio.run(create(url, {f"{prefix}{number}": number for number in range(int(services))}, int(concurrency), how))


if __name__ == "__main__":
    main()
