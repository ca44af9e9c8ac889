"""Terraform states, written as each provider would have written them for what an account contains.

Attributes follow the documentation of the providers, and not the tables in `confsync/terraform`.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.emulator.client import Client

Body = Mapping[str, Any]

CANARY = "canary of a push key"
CONVERSATIONS = "twilio_conversations_"
COMMUNITY = 'provider["registry.terraform.io/rjpearson94/twilio"]'
OFFICIAL = 'provider["registry.terraform.io/twilio/twilio"]'


@dataclass(frozen=True)
class Entry:
    """One resource or data source in a state."""

    type: str
    name: str
    values: Body
    module: str = ""
    index: str | int | None = None
    mode: str = "managed"
    provider: str = COMMUNITY
    sensitive: tuple[str, ...] = ()


def stored(entries: Iterable[Entry]) -> bytes:
    """Write `terraform.tfstate`."""
    resources = [
        {
            **({"module": each.module} if each.module else {}),
            "mode": each.mode,
            "type": each.type,
            "name": each.name,
            "provider": each.provider,
            "instances": [
                {
                    **({"index_key": each.index} if each.index is not None else {}),
                    "schema_version": 0,
                    "attributes": each.values,
                    "sensitive_attributes": [[{"type": "get_attr", "value": name}] for name in each.sensitive],
                    "private": "bnVsbA==",
                }
            ],
        }
        for each in entries
    ]
    top = {"version": 4, "terraform_version": "1.9.8", "serial": 7, "lineage": "f7c2", "outputs": {}}
    return json.dumps({**top, "resources": resources, "check_results": None}, indent=2).encode()


def shown(entries: Iterable[Entry]) -> bytes:
    """Write what `terraform show -json` prints."""
    modules: dict[str, list[dict[str, Any]]] = {"": []}
    for each in entries:
        modules.setdefault(each.module, []).append(
            {
                "address": f"{each.type}.{each.name}",
                "mode": each.mode,
                "type": each.type,
                "name": each.name,
                **({"index": each.index} if each.index is not None else {}),
                "provider_name": "registry.terraform.io/rjpearson94/twilio",
                "schema_version": 0,
                "values": each.values,
                "sensitive_values": dict.fromkeys(each.sensitive, True),
            }
        )
    root: dict[str, Any] = {"resources": modules.pop("")}
    root["child_modules"] = [{"address": name, "resources": inside} for name, inside in modules.items()]
    return json.dumps({"format_version": "1.0", "terraform_version": "1.9.8", "values": {"root_module": root}}).encode()


FORMATS: Mapping[str, Callable[[Iterable[Entry]], bytes]] = {"tfstate": stored, "show": shown}


def community(client: Client) -> Iterator[Entry]:
    """Write an account as RJPearson94/twilio does."""
    configuration, webhooks = (client.get(path).body for path in ("/Configuration", "/Configuration/Webhooks"))
    own = {**configuration, "default_service_sid": configuration["default_chat_service_sid"]}
    timers = ("default_closed_timer", "default_inactive_timer")
    services = ("default_service_sid", "default_messaging_service_sid")
    identity = {"id": own["account_sid"], "account_sid": own["account_sid"]}
    yield _entry("configuration", "main", {**identity, **_some(own, *services, *timers, "url")})
    names = ("target", "method", "pre_webhook_url", "post_webhook_url", "filters", "url")
    yield _entry("webhook", "main", {**identity, **_some(webhooks, *names)})
    for body in _all(client, "/Configuration/Addresses", "address_configurations"):
        auto = body["auto_creation"]
        yield _entry(
            f"address_configuration_{auto['type'] or 'default'}",
            f"address_{body['sid'][-6:]}",
            {
                **_common(body, "address", "type", "friendly_name"),
                "enabled": auto["enabled"],
                "integration_type": auto["type"],
                "service_sid": auto["conversation_service_sid"],
                **{name: auto[name] for name in ("webhook_url", "webhook_method", "webhook_filters")},
                "flow_sid": auto["studio_flow_sid"],
                "retry_count": auto["studio_retry_count"],
            },
        )
    for body in _all(client, "/Credentials", "credentials"):
        if body["type"] != "gcm":
            secrets = ("certificate", "private_key") if body["type"] == "apn" else ("secret",)
            sandbox = {"sandbox": body["sandbox"] == "True"} if body["type"] == "apn" else {}
            own = {**_common(body, "friendly_name", "type"), **sandbox, **dict.fromkeys(secrets, CANARY)}
            yield _entry(f"push_credential_{body['type']}", f"push_{body['sid'][-6:]}", own)
    for body in _all(client, "/Services", "services"):
        yield from _community_service(client, body)


def _community_service(client: Client, service: Body) -> Iterator[Entry]:
    name, home = f"service_{service['sid'][-6:]}", f"/Services/{service['sid']}"
    own = {each: value for each, value in _common(service, "friendly_name").items() if each != "account_sid"}
    yield _entry("service", name, own)
    inside = {"id": service["sid"], "service_sid": service["sid"]}
    configuration = client.get(f"{home}/Configuration").body
    roles = (f"default_{each}_role_sid" for each in ("chat_service", "conversation_creator", "conversation"))
    yield _entry("service_configuration", name, {**inside, **_some(configuration, *roles, "reachability_enabled")})
    notifications = client.get(f"{home}/Configuration/Notifications").body
    blocks = {each: [_block(each, notifications[each])] for each in _PUSHES}
    yield _entry("service_notification", name, {**inside, "log_enabled": notifications["log_enabled"], **blocks})
    for body in _all(client, f"{home}/Roles", "roles"):
        own = _common(body, "friendly_name", "type", "permissions")
        yield _entry("role", f"role_{body['sid'][-6:]}", {**own, "service_sid": service["sid"]})
    for body in _all(client, f"{home}/Users", "users"):
        own = _common(body, "identity", "friendly_name", "attributes", "role_sid", "is_online", "is_notifiable")
        yield _entry("user", f"user_{body['sid'][-6:]}", {**own, "service_sid": service["sid"]})
    for body in _all(client, f"{home}/Conversations", "conversations"):
        names = ("unique_name", "friendly_name", "attributes", "messaging_service_sid", "state")
        dates = [{"closed": "", "inactive": "", **(body["timers"] or {})}]
        own = {**_common(body, *names), "service_sid": service["sid"], "timers": dates}
        yield _entry("conversation", f"conversation_{body['sid'][-6:]}", own)
        for hook in _all(client, f"{home}/Conversations/{body['sid']}/Webhooks", "webhooks"):
            about = {"service_sid": service["sid"], "conversation_sid": body["sid"]}
            yield _community_webhook(hook, about)


def _community_webhook(hook: Body, about: Body) -> Entry:
    does, target = hook["configuration"], hook["target"]
    own = {**_common(hook, "target"), **about, "replay_after": does.get("replay_after", 0)}
    if target == "studio":
        own["flow_sid"] = does["flow_sid"]
    else:
        own |= {"webhook_url": does["url"], "method": str(does.get("method") or "POST").upper()}
        member = "filters" if target == "webhook" else "triggers"
        own[member] = does.get(member) or does.get("filters")
    kind = {"webhook": "", "trigger": "_trigger", "studio": "_studio"}[target]
    return _entry(f"conversation{kind}_webhook", f"hook_{hook['sid'][-6:]}", own)


_PUSHES = ("new_message", "added_to_conversation", "removed_from_conversation")


def _block(name: str, body: Body) -> Body:
    """Write a block; the provider stores false and empty texts for what was never set."""
    badge = {"badge_count_enabled": body.get("badge_count_enabled") or False} if name == "new_message" else {}
    return {"enabled": body["enabled"], **{each: body.get(each) or "" for each in ("template", "sound")}, **badge}


def official(client: Client) -> Iterator[Entry]:
    """Write an account as twilio/twilio does, which has neither singletons nor account SIDs."""
    for body in _all(client, "/Configuration/Addresses", "address_configurations"):
        auto = {f"auto_creation_{name}": value for name, value in body["auto_creation"].items()}
        own = {**_some(body, "sid", "type", "address", "friendly_name"), **auto}
        yield _official("configuration_addresses", f"address_{body['sid'][-6:]}", own, body)
    for body in _all(client, "/Credentials", "credentials"):
        secrets = {"apn": ("certificate", "private_key"), "fcm": ("secret",), "gcm": ("api_key",)}[body["type"]]
        sandbox = {"sandbox": body["sandbox"] == "True"} if body["type"] == "apn" else {"sandbox": None}
        own = {**_some(body, "sid", "type", "friendly_name"), **sandbox, **dict.fromkeys(secrets, CANARY)}
        yield _official("credentials", f"push_{body['sid'][-6:]}", own, body)
    for body in _all(client, "/Services", "services"):
        yield _official("services", f"service_{body['sid'][-6:]}", _some(body, "sid", "friendly_name"), body)
        yield from _official_members(client, body["sid"])


def _official_members(client: Client, service: str) -> Iterator[Entry]:
    home, inside = f"/Services/{service}", {"chat_service_sid": service}
    for body in _all(client, f"{home}/Roles", "roles"):
        own = {**inside, **_some(body, "sid", "friendly_name", "type"), "permission": body["permissions"]}
        yield _official("services_roles", f"role_{body['sid'][-6:]}", own, body, service)
    for body in _all(client, f"{home}/Users", "users"):
        own = {**inside, **_some(body, "sid", "identity", "friendly_name", "attributes", "role_sid")}
        own["x_twilio_webhook_enabled"] = None
        yield _official("services_users", f"user_{body['sid'][-6:]}", own, body, service)
    for body in _all(client, f"{home}/Conversations", "conversations"):
        names = ("sid", "unique_name", "friendly_name", "attributes", "messaging_service_sid", "state")
        own = {**inside, **_some(body, *names), "timers_closed": "PT10M"}
        yield _official("services_conversations", f"conversation_{body['sid'][-6:]}", own, body, service)
        for kind in ("participants", "webhooks"):
            for member in _all(client, f"{home}/Conversations/{body['sid']}/{kind.title()}", kind):
                own = {**inside, "conversation_sid": body["sid"], **_OFFICIAL_MEMBERS[kind](member)}
                name = f"{kind}_{member['sid'][-6:]}"
                yield _official(f"services_conversations_{kind}", name, own, member, service, body["sid"])


def _participant(body: Body) -> dict[str, Any]:
    binding = body["messaging_binding"] or {}
    names = ("address", "proxy_address", "projected_address")
    addresses = {f"messaging_binding_{name}": binding.get(name) for name in names}
    return {**_some(body, "sid", "identity", "attributes", "role_sid"), **addresses}


def _webhook(body: Body) -> dict[str, Any]:
    does = body["configuration"]
    names = ("url", "method", "filters", "triggers", "flow_sid", "replay_after")
    own = {**_some(body, "sid", "target"), **{f"configuration_{name}": does.get(name) for name in names}}
    if body["target"] == "trigger" and not own["configuration_triggers"]:
        own |= {"configuration_triggers": own["configuration_filters"], "configuration_filters": None}
    return own


_OFFICIAL_MEMBERS = {"participants": _participant, "webhooks": _webhook}
PROVIDERS: Mapping[str, Callable[[Client], Iterator[Entry]]] = {"community": community, "official": official}


def _entry(kind: str, name: str, values: Body) -> Entry:
    return Entry(CONVERSATIONS + kind, name, values)


def _official(kind: str, name: str, values: Body, body: Body, *above: str) -> Entry:
    identity = "/".join((*above, body["sid"]))
    return Entry(f"{CONVERSATIONS}{kind}_v1", name, {"id": identity, **values}, provider=OFFICIAL)


def _common(body: Body, *names: str) -> dict[str, Any]:
    return {"id": body["sid"], **_some(body, "sid", "account_sid", "date_created", "date_updated", "url", *names)}


def _some(body: Body, *names: str) -> dict[str, Any]:
    return {name: body.get(name) for name in names}


def _all(client: Client, path: str, key: str) -> list[Body]:
    size = 5 if path.endswith("Webhooks") else 50
    found, query = [], f"PageSize={size}"
    while True:
        page = client.get(path, query).body
        found += page[key]
        following = page["meta"]["next_page_url"]
        if not following:
            return found
        query = following.partition("?")[2]
