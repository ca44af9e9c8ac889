"""A file of which only the beginning arrived."""

from confsync.exit_codes import ExitCode
from tests.acceptance.mutants.base import BASE
from tests.acceptance.mutants.mutant import DONE, INVALID, REFUSED, Mutant, text

BEFORE: tuple[tuple[str, ExitCode], ...] = (
    ("version: 1", INVALID),
    ("environments:", INVALID),
    ("  dev:", DONE),
    ("account:", DONE),
    ("    helpdesk:", DONE),
    ("    mailbox:", DONE),
    ("credentials:", DONE),
    ("  android:", DONE),
    ("  tablets:", DONE),
    ("services:", DONE),
    ("  support:", INVALID),
    ("    lifecycle:\n      protect: true\n      prune: [roles", DONE),
    ("      prune: [roles, users, conversations]\n    configuration:\n      reachability_enabled: true", DONE),
    ("    configuration:\n      reachability_enabled: true", REFUSED),
    ("    webhooks:\n      method", REFUSED),
    ("    roles:\n      agent", REFUSED),
    ("      clerk:", REFUSED),
    ("      lead:", REFUSED),
    ("      boss:", REFUSED),
    ("    users:\n      alice", REFUSED),
    ("      bob:", REFUSED),
    ("      carol:", REFUSED),
    ("    conversations:\n      lounge", REFUSED),
    ("          prune: [participants", REFUSED),
    ("        participants:\n          first", REFUSED),
    ("          second:", REFUSED),
    ("          third:", REFUSED),
    ("        webhooks:\n          bot", REFUSED),
    ("          archive:", REFUSED),
    ("          alarm:", REFUSED),
    ("      saloon:", REFUSED),
    ("      kitchen:", REFUSED),
    ("  sales:", DONE),
    ("      prune: [roles, users, conversations]\n    configuration:\n      reachability_enabled: false", INVALID),
    ("    configuration:\n      reachability_enabled: false", REFUSED),
    ("    users:\n      dave", REFUSED),
    ("      erin:", REFUSED),
    ("    conversations:\n      deals", REFUSED),
    ("      leads:", REFUSED),
    ("    roles:\n      seller", REFUSED),
    ("      buyer:", REFUSED),
    ("  night:", DONE),
    ("    roles:\n      guard", REFUSED),
    ("      porter:", REFUSED),
)
"""What the file breaks off before. Where a service's `prune` arrived, what it names must be there as well."""

WITHIN: tuple[tuple[str, ExitCode], ...] = (
    ("  prod:\n    account_sid: ACaaaa", INVALID),
    ('address: "+${{ var.country', INVALID),
    ("    friendly_name: Support De", REFUSED),
    ("      prune: [roles, us", INVALID),
    ("      prune: [roles, users, conversations]", REFUSED),
    ("    rol", INVALID),
    ("      clerk:\n        friendly_name", INVALID),
    ("        type: conv", INVALID),
    ("    users:\n      alice:\n        friendly_name: Al", REFUSED),
    ("      bob:\n        friendly_name: B", REFUSED),
    ("    conversations:\n      lounge:\n        lifecycle:\n          protect: t", INVALID),
    ("            identity: acme", INVALID),
    ('            configuration: {url: "https://example.com/bot", fil', INVALID),
    ("      saloon:\n        friendly_name: Sal", REFUSED),
    ("    friendly_name: Sales D", REFUSED),
    ("      dave:\n        friendly_name: Da", REFUSED),
    ("      deals:\n        friendly_name: Dea", REFUSED),
    ("    friendly_name: Night Shi", REFUSED),
    ("      guard:\n        type: conversation\n        permissions: [sendMessage", INVALID),
)
"""What the file breaks off after."""

AFTER_ALL_BUT_ONE: tuple[tuple[str, str], ...] = (
    ("      garden:", "Conversations"),
    ("      broker:", "Roles"),
    ("      nurse:", "Roles"),
)
"""Before what the file breaks off so late that exactly one pruned thing is missing, and from where."""


def _before(mark: str) -> str:
    return BASE[: BASE.index(mark)]


def _within(mark: str) -> str:
    return BASE[: BASE.index(mark) + len(mark)]


def _named(mark: str) -> str:
    return " ".join(mark.split())


TRUNCATIONS: tuple[Mutant, ...] = (
    *(text(f"truncated before {_named(mark)}", _before(mark), ends) for mark, ends in BEFORE),
    *(text(f"truncated after {_named(mark)}", _within(mark), ends) for mark, ends in WITHIN if mark in BASE),
    *(text(f"truncated before {_named(mark)}", _before(mark), DONE, lost) for mark, lost in AFTER_ALL_BUT_ONE),
)
