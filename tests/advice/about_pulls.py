"""Scenarios: live values that cannot be pulled, and files that cannot be formatted."""

from confsync.config.writing import formatting
from confsync.config.writing.yaml_text import write_text
from tests.advice.desk import Desk
from tests.advice.row import advice
from tests.advice.selection import PLAIN

CONFIGURATION = """\
version: 1
variables: {host: hooks.example.com}
services:
  desk:
    configuration: {default_conversation_role: agent, reachability_enabled: true}
    webhooks: {pre_webhook_url: "https://${{ var.host }}/before"}
    roles:
      agent: {type: conversation, permissions: [sendMessage]}
"""


def settings_path(desk: Desk) -> str:
    return f"/Services/{desk.sid('services', 'desk')}/Configuration"


@advice("Choose one of what is listed for each, or name what to pull: `confsync pull ADDRESS#FIELD`.", most=PLAIN)
def a_value_that_comes_from_a_variable(desk: Desk) -> None:
    desk.apply(CONFIGURATION)
    desk.client.post(f"{settings_path(desk)}/Webhooks", {"PreWebhookUrl": "https://new.example.com/before"})
    desk.client.post(settings_path(desk), {"ReachabilityEnabled": "false"})
    desk.failed("pull", code=8)
    (refused,) = desk.run("pull --json").document["refused"]
    assert refused["choices"][0] == "change the default of `host`: confsync.yaml:2:13"
    desk.done("pull services/desk/configuration#reachability_enabled")
    desk.edit("host: hooks.example.com", "host: new.example.com")
    assert desk.done("pull").out == "Nothing to pull.\n"
    assert desk.plan()["changes"] == []


@advice("name a field after the `#`, or remove the `#`.")
def a_hash_without_a_field(desk: Desk) -> None:
    desk.apply(CONFIGURATION)
    for command in ("pull", "explain"):
        desk.failed(f"{command} services/desk/configuration#", code=3)
        desk.done(f"{command} services/desk/configuration#reachability_enabled")
        desk.done(f"{command} services/desk/configuration")


@advice("Write values that take several lines as blocks (`|`), and comments on lines of their own.")
def a_file_that_cannot_be_formatted(desk: Desk) -> None:
    desk.write("version: 1\nservices:\n  desk: {friendly_name: 'a\n    b'}\n")
    write = write_text
    with desk.monkeypatch.context() as patched:

        def broken(text: str, *, in_flow: bool = False) -> str:
            return write(text.replace("a b", "a"), in_flow=in_flow)

        patched.setattr(formatting, "write_text", broken)
        desk.failed("fmt", code=3)
        desk.write("version: 1\nservices:\n  desk:\n    friendly_name: |-\n        a\n")
        desk.done("fmt")
