"""The httpx transport."""

import asyncio

import httpx

from confsync.emulator.emulator import Emulator
from confsync.emulator.transport import EmulatorTransport


def test_httpx_calls_the_emulator_without_a_network(emulator: Emulator) -> None:
    async def talk() -> list[httpx.Response]:
        transport = EmulatorTransport(emulator)
        sign_in = (emulator.account_sid, "emulatortoken")
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", auth=sign_in) as client:
            made = [client.post("/v1/Services", data={"FriendlyName": f"{number}"}) for number in range(20)]
            answers = await asyncio.gather(*made)
            return [*answers, await client.get("/v1/Services", params={"PageSize": "30"})]

    *made, listed = asyncio.run(talk())
    assert {each.status_code for each in made} == {201}
    assert {each["sid"] for each in listed.json()["services"]} >= {each.json()["sid"] for each in made}
    assert len(listed.json()["services"]) == 21


def test_the_transport_passes_the_host_on(emulator: Emulator) -> None:
    async def talk() -> httpx.Response:
        async with httpx.AsyncClient(transport=EmulatorTransport(emulator)) as client:
            return await client.get("http://example.com/v1/Services")

    assert asyncio.run(talk()).status_code == 421
