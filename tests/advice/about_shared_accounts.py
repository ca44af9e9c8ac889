"""Scenarios: what to do about a resource that belongs to a different environment of the same account."""

import re

from confsync.emulator.emulator import ACCOUNT_SID
from tests.advice.desk import Desk, snippets
from tests.advice.row import advice
from tests.advice.selection import PLAIN

AGENT = "agent: {type: conversation, permissions: [sendMessage]}"
HEAD = f"version: 1\nenvironments:\n  a: {{account_sid: {ACCOUNT_SID}}}\n  b: {{account_sid: {ACCOUNT_SID}}}\n"
SHOP = "services: {shop: {lifecycle: {only: [%s]}, roles: {%s}}}\n"
RELEASE = "release it: in environment '{}', remove its block, write `forget: [{}]`, and apply that"


def owned_by_a(desk: Desk, text: str = SHOP % ("a", AGENT)) -> None:
    """Let environment `a` apply something, and select `b`."""
    desk.set("CONFSYNC_ENV", "a")
    desk.apply(HEAD + text)
    desk.set("CONFSYNC_ENV", "b")


def release(desk: Desk, what: str) -> None:
    """Do in environment `a` what an advice says, to a configuration that declares it only in `b`."""
    desk.edit("  a: {", f"  a: {{{what}, ")
    desk.set("CONFSYNC_ENV", "a")
    desk.done("apply --auto-approve")
    desk.set("CONFSYNC_ENV", "b")


@advice("`lifecycle: {lookup: true}` uses it as it is; or " + RELEASE)
def a_service_that_moves(desk: Desk) -> None:
    owned_by_a(desk)
    (lookup, forget) = snippets(desk.blocked(HEAD + SHOP % ("b", "")))
    desk.edit("lifecycle: {only: [b]}", f"{lookup.removesuffix('}')}, only: [b]}}")
    assert desk.plan()["applyable"]
    desk.write(HEAD + SHOP % ("b", ""))
    release(desk, forget)
    desk.allowed()


@advice("name another SID under `adopt`; or " + RELEASE)
def an_adoption_that_belongs_to_another(desk: Desk) -> None:
    owned_by_a(desk)
    adopt = f"adopt: {{services/shop: {desk.sid('services', 'shop')}}}"
    (_, forget) = snippets(desk.blocked(HEAD.replace("  b: {", f"  b: {{{adopt}, ") + SHOP % ("b", "")))
    release(desk, forget)
    desk.allowed()


@advice("remove its block here; or remove it in environment '{}', and apply that")
def a_singleton_that_moves(desk: Desk) -> None:
    webhooks = "account: {webhooks: {method: GET, lifecycle: {only: [%s]}}}\n"
    owned_by_a(desk, webhooks % "a")
    desk.blocked(HEAD + webhooks % "b")
    desk.set("CONFSYNC_ENV", "a")
    desk.done("apply --auto-approve")
    desk.set("CONFSYNC_ENV", "b")
    desk.allowed()


@advice("remove its block here, and delete it in environment '{}'")
def an_absence_that_belongs_to_another(desk: Desk) -> None:
    owned_by_a(desk)
    shop = "services: {shop: {lifecycle: {absent: true, only: [%s]}}}\n"
    desk.blocked(HEAD + shop % "b")
    desk.write(HEAD + shop % "a")
    desk.allowed()
    desk.set("CONFSYNC_ENV", "a")
    desk.allowed("--allow-delete", "services/shop")
    assert "shop" not in desk.names("/Services", "services")


@advice("remove its block here and write `forget: [{}]`; or " + RELEASE)
def a_service_in_two_ledgers(desk: Desk) -> None:
    owned_by_a(desk)
    mine = desk.ledger.with_name("confsync.ledger.b.json")
    mine.write_bytes(desk.ledger.read_bytes())
    shop = SHOP % ("b", AGENT)
    hints = [each["override"] for each in plan_of(desk, HEAD + shop)]
    forgets = [snippets(each)[0] for each in hints]
    assert forgets == ["forget: [services/shop]", "forget: [services/shop/roles/agent]"]
    desk.write(HEAD.replace("  b: {", f"  b: {{{forgets[0]}, ") + SHOP % ("a", AGENT))
    desk.allowed()
    desk.set("CONFSYNC_ENV", "a")
    desk.allowed()


def plan_of(desk: Desk, text: str) -> list[dict[str, str]]:
    desk.write(text)
    guardrails: list[dict[str, str]] = desk.plan()["guardrails"]
    return guardrails


@advice("delete that first in environment '{}'; or " + RELEASE)
def a_deletion_of_what_contains_a_role_of_another(desk: Desk) -> None:
    shop = "shop: {lifecycle: {only: [a]}}, theirs: {friendly_name: shop, lifecycle: {lookup: true, only: [b]}%s}"
    both = f"{HEAD}services: {{{shop % f', roles: {{{AGENT}}}'}}}\n"
    desk.set("CONFSYNC_ENV", "a")
    desk.apply(both)
    desk.set("CONFSYNC_ENV", "b")
    desk.apply()
    desk.set("CONFSYNC_ENV", "a")
    gone = both.replace("only: [a]", "only: [a], absent: true")
    (forget,) = snippets(desk.blocked(gone, "--allow-delete", "services/shop"))
    released = f"{HEAD}services: {{{shop % ''}}}\n"
    desk.write(released.replace("  b: {", f"  b: {{{forget}, "))
    desk.set("CONFSYNC_ENV", "b")
    desk.done("apply --auto-approve")
    desk.set("CONFSYNC_ENV", "a")
    desk.write(released.replace("only: [a]", "only: [a], absent: true"))
    desk.allowed("--allow-delete", "services/shop")


@advice(
    "in environment '{}', remove its block, run `confsync forget {} -e {}`, and apply that. "
    "Then run `confsync adopt {} {}` again.",
    most=PLAIN,
)
def an_adoption_by_command_that_belongs_to_another(desk: Desk) -> None:
    owned_by_a(desk)
    sid = desk.sid("services", "shop")
    desk.write(HEAD + SHOP % ("b", ""))
    forget, adopt = snippets(desk.failed(f"adopt services/shop {sid}", code=8))
    assert re.fullmatch(rf"confsync adopt -e b services/shop {sid}", adopt)
    desk.done(forget)
    desk.done("apply --auto-approve -e a")
    desk.done(adopt)
    desk.allowed()


@advice(
    "restore it from version control, or run `confsync ledger rebuild -e {}`, which adopts what exists.", most=PLAIN
)
def a_corrupt_ledger_of_another(desk: Desk) -> None:
    owned_by_a(desk)
    desk.ledger.write_text("{")
    assert desk.follow(desk.failed("plan", code=11)).code == 0
    desk.done("plan")
