"""Scenarios: a replacement that was interrupted after its delete, and the undeclared values of what it deleted."""

from confsync.emulator.faults.fault import Fault, Phase, Respond
from tests.advice.about_applies import printed
from tests.advice.desk import Desk, snippets
from tests.advice.row import advice

HOTLINE = """
version: 1
account: {addresses: {desk: {address: "+15551230000", type: sms}}}
"""
OTHER = HOTLINE.replace("0000", "0001")
ADDRESSES = "/v1/Configuration/Addresses"
HOOK = {"AutoCreation.Type": "webhook", "AutoCreation.WebhookUrl": "https://example.com/in"}


def interrupted(desk: Desk, **values: str) -> None:
    """Set undeclared values in Twilio, and replace the address; its create fails."""
    desk.apply(HOTLINE)
    desk.client.post("/Configuration/Addresses/+15551230000", {"FriendlyName": "Hotline", **values})
    desk.write(OTHER)
    desk.fail(Fault(phase=Phase.BEFORE_COMMIT, effect=Respond(status=400), method="POST", path=ADDRESSES))
    desk.run("apply --auto-approve")
    desk.fail()


def addresses(desk: Desk) -> list[tuple[str, str]]:
    found = desk.client.get("/Configuration/Addresses", "PageSize=50").body["address_configurations"]
    return [(each["friendly_name"], each["auto_creation"]["webhook_url"]) for each in found]


@advice("declare {}, or `--allow-loss {}`")
def values_that_are_not_stored(desk: Desk) -> None:
    interrupted(desk, **HOOK)
    advised = desk.blocked()
    (option,) = snippets(advised)
    assert desk.plan(*option.split())["applyable"]
    assert advised.startswith("declare auto_creation.webhook_url, or")
    desk.edit("type: sms", 'type: sms, auto_creation: {webhook_url: "https://example.com/new"}')
    desk.allowed()
    assert addresses(desk) == [("Hotline", "https://example.com/new")]


@advice("declare it again to restore what it had; or write `forget: [{}]`")
def a_replacement_that_is_no_longer_declared(desk: Desk) -> None:
    interrupted(desk)
    desk.write("version: 1\n")
    desk.done("plan")
    (line,) = snippets(printed(desk, "declare it again"))
    desk.write(OTHER)
    assert {"path": "friendly_name", "value": "Hotline"}.items() <= desk.plan()["changes"][0]["also_sent"][0].items()
    desk.write(f"version: 1\n{line}\n")
    desk.apply()
    assert "interrupted replacement" not in desk.last.err
    desk.write("version: 1\n")
    desk.done("plan")
    assert "interrupted replacement" not in desk.last.err


@advice("declare what it must have")
def a_resource_that_somebody_made_after_the_delete(desk: Desk) -> None:
    interrupted(desk)
    desk.client.made("/Configuration/Addresses", {"Type": "sms", "Address": "+15551230001", "FriendlyName": "New"})
    desk.done("plan")
    assert "may not have the same values in friendly_name" in printed(desk, "interrupted replacement")
    desk.edit("type: sms", "type: sms, friendly_name: Hotline")
    desk.allowed()
    assert [name for name, _ in addresses(desk)] == ["Hotline"]
