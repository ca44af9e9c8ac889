"""Sends a notification: a few attempts within ten seconds, no redirects, and no word about the URL."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import httpx

from confsync.notifications.channels import SLACK, Channel
from confsync.notifications.signing import signature_headers
from confsync.notifications.slack import slack_message
from confsync.twilio.transport import proxy_for, trusted_certificates
from confsync.version import __version__
from confsync.views.documents import document_as_json, json_text
from confsync.views.notification import NotificationDocument

TOTAL_SECONDS = 10.0
ATTEMPTS = 4
PAUSE_SECONDS = 0.5
MOST_REDIRECTED = 400

Sleep = Callable[[float], Awaitable[None]]


class NotDelivered(Exception):
    """A notification that did not arrive, or may not have; the message says why without the URL."""


async def deliver(channel: Channel, document: NotificationDocument, sleep: Sleep = asyncio.sleep) -> None:
    """Send a notification, again after a failure that may pass. Raises NotDelivered, and UsageError for a bad proxy."""
    url = channel.url.reveal()
    trust, proxy = trusted_certificates(url), proxy_for(url)
    transport = httpx.AsyncHTTPTransport(verify=trust, proxy=proxy)
    try:
        async with (
            asyncio.timeout(TOTAL_SECONDS),
            httpx.AsyncClient(transport=transport, timeout=TOTAL_SECONDS, trust_env=False) as client,
        ):
            await _send(client, channel, _body(channel, document), sleep)
    except TimeoutError:
        raise NotDelivered(f"no answer within {TOTAL_SECONDS:.0f} seconds") from None


async def _send(client: httpx.AsyncClient, channel: Channel, body: bytes, sleep: Sleep) -> None:
    """Send a body until it is accepted, refused, or the last attempt has failed."""
    for number in range(ATTEMPTS):
        reason, wait = await _attempt(client, channel, body)
        if not reason:
            return
        if wait is None or number == ATTEMPTS - 1:
            raise NotDelivered(reason)
        await sleep(max(wait, PAUSE_SECONDS * 2.0**number))


async def _attempt(client: httpx.AsyncClient, channel: Channel, body: bytes) -> tuple[str, float | None]:
    """Send a body once. Return why it was not accepted, if so, and the seconds to wait before the next attempt."""
    headers = {"Content-Type": "application/json", "User-Agent": f"confsync/{__version__}"}
    if channel.key:
        headers |= signature_headers(channel.key, int(time.time()), body)
    try:
        request = client.build_request("POST", channel.url.reveal(), content=body, headers=headers)
        response = await client.send(request, stream=True, follow_redirects=False)
        await response.aclose()  # whatever the body says, nobody needs it
    except (httpx.InvalidURL, UnicodeError):  # the latter for a host name that IDNA does not allow
        return "its URL is not valid", None
    except httpx.HTTPError as error:
        return f"the connection failed ({type(error).__name__})", 0.0
    return _verdict(response)


def _verdict(response: httpx.Response) -> tuple[str, float | None]:
    status = response.status_code
    if response.is_success:
        return "", None
    if response.is_redirect:
        return f"the receiver answered with a redirect ({status}), which confsync does not follow", None
    reason = f"the receiver answered with status {status}"
    if status == HTTPStatus.TOO_MANY_REQUESTS or response.is_server_error:
        after = response.headers.get("retry-after", "")
        return reason, float(after) if after.isascii() and after.isdigit() else 0.0
    return reason, None


def _body(channel: Channel, document: NotificationDocument) -> bytes:
    text = json_text(slack_message(document)) if channel.name == SLACK else document_as_json(document)
    return text.encode("ascii")
