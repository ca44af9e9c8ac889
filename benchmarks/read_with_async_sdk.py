"""Read with Twilio's SDK what a plan reads, many requests at once: `read_with_async_sdk.py URL PREFIX CONCURRENCY`.

It does what `read_with_sdk.py` does, as an expert would write it: one asynchronous session, at most CONCURRENCY
requests at once, and everything below a service as soon as the service is listed.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from aiohttp import ClientSession, TCPConnector
from twilio.http.async_http_client import AsyncTwilioHttpClient  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]
from twilio.rest.conversations.v1 import V1  # type: ignore[import-untyped]

Call = Callable[[], Awaitable[object]]


async def read(url: str, prefix: str, concurrency: int) -> None:
    """Read the account, its credentials, addresses and services, and the settings and roles of each service."""
    limit = asyncio.Semaphore(concurrency)

    async def within_limit(call: Call) -> None:
        async with limit:
            await call()

    http = AsyncTwilioHttpClient()
    await http.session.close()
    http.session = ClientSession(connector=TCPConnector(limit=concurrency))
    client = Client(http_client=http)
    client.conversations.base_url = url
    conversations: V1 = client.conversations.v1
    async with http, asyncio.TaskGroup() as tasks:
        await conversations.configuration().fetch_async()
        tasks.create_task(within_limit(lambda: conversations.credentials.list_async(page_size=100)))
        tasks.create_task(within_limit(lambda: conversations.address_configurations.list_async(page_size=50)))
        async for listed in await conversations.services.stream_async(page_size=100):
            if listed.friendly_name.startswith(prefix):
                for call in calls_below(conversations, listed.sid):
                    tasks.create_task(within_limit(call))


def calls_below(conversations: V1, sid: str) -> tuple[Call, ...]:
    """List the reads of one service."""
    service = conversations.services(sid)
    return (
        service.configuration().fetch_async,
        service.configuration.notifications().fetch_async,
        service.configuration.webhooks().fetch_async,
        lambda: service.roles.list_async(page_size=50),
    )


def main() -> None:
    """Read once."""
    url, prefix, concurrency = sys.argv[1:]
    asyncio.run(read(url, prefix, int(concurrency)))


if __name__ == "__main__":
    main()
