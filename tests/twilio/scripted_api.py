"""An API that talks to a scripted server."""

from collections.abc import Awaitable, Callable

from confsync.secret import Secret
from confsync.twilio.api import Api, create_api
from confsync.twilio.credentials import Credentials
from confsync.twilio.limiter import Rates
from confsync.twilio.origin import Origin
from tests.twilio.scripted_server import Scripted, Step
from tests.twilio.still_clock import StillClock

ACCOUNT_SID = "AC" + "a" * 32
TOKEN = "8f3b-the-token-canary-51c7"
CREDENTIALS = Credentials(ACCOUNT_SID, ACCOUNT_SID, Secret(TOKEN))
SERVICE = {"sid": "IS" + "1" * 32, "friendly_name": "Support"}
SERVICE_PATH = f"/v1/Services/{SERVICE['sid']}"
CERTIFICATE_CANARY = "-----BEGIN PRIVATE KEY-----\nMIIcanary+with/odd=chars&more %41\n-----END PRIVATE KEY-----\n"


def api_at(base_url: str, clock: StillClock | None = None, **options: float) -> Api:
    return create_api(
        Origin(base_url),
        CREDENTIALS,
        clock=clock or StillClock(),
        timeout=options.get("timeout", 5.0),
        concurrency=int(options.get("concurrency", 32)),
        rates=Rates(options.get("max_rps")),
    )


Use = Callable[[Api], Awaitable[object]]


async def read(api: Api) -> object:
    return await api.get(SERVICE_PATH)


async def create(api: Api) -> object:
    return await api.create("/v1/Services", [("FriendlyName", "Support")])


async def update(api: Api) -> object:
    return await api.update(f"{SERVICE_PATH}/Configuration", [("ReachabilityEnabled", "true")])


async def delete(api: Api) -> object:
    await api.delete(SERVICE_PATH)
    return None


VERBS: dict[str, Use] = {"read": read, "create": create, "update": update, "delete": delete}


async def reported(use: Use, *steps: Step, **options: float) -> tuple[str, Scripted, Api, StillClock]:
    """Use an API once, and tell how it ended in one word: "done" or the name of the error."""
    clock = StillClock()
    async with Scripted(*steps) as server, api_at(server.base_url, clock, **options) as api:
        return await outcome_of(use(api)), server, api, clock


async def outcome_of(doing: Awaitable[object]) -> str:
    try:
        await doing
    except Exception as error:  # noqa: BLE001 — the table says which one it must be
        return type(error).__name__
    return "done"
