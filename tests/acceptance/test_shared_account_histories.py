"""Whatever two environments of one account plan and apply, neither changes what the other one owns.

Each configuration declares the resources of one environment only, so that nothing but the ledgers keeps them apart. A
test run samples 8 histories; `--hypothesis-profile long` tries 1,000.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from hypothesis import event, given
from hypothesis import strategies as st
from msgspec import Struct

from confsync.emulator.emulator import ACCOUNT_SID, Emulator
from confsync.errors import InvalidConfiguration, UsageError
from confsync.names import Address
from confsync.plan.intent import Intent, Overrides
from confsync.state.ledger_file import read_any_ledger
from confsync.state.ledger_name import ledger_name
from tests.campaigns import campaign
from tests.harness import Harness

ENVIRONMENTS = ("a", "b")
SERVICES, ROLES = ("one", "two"), ("agent", "clerk")
Live = Mapping[str, object]


class Step(Struct, frozen=True):
    """What one environment declares: the live name and the lifecycle of each service, and the names of its roles."""

    environment: str
    services: Mapping[str, tuple[str, str, Mapping[str, str]]]
    adopts: bool
    forgets: bool
    destroys: bool

    def text(self, sids: Mapping[str, str]) -> str:
        """Write the configuration; what it adopts are live services."""
        adopt = {f"services/{key}": sids[name] for key, (name, *_) in self.services.items() if name in sids}
        more = f", adopt: {_flow(adopt)}" if self.adopts and adopt else ""
        gone = [f"services/{key}" for key in SERVICES if key not in self.services] if self.forgets else []
        head = ", ".join(
            f"{name}: {{account_sid: {ACCOUNT_SID}{(more + f', forget: {gone}') if name == self.environment else ''}}}"
            for name in ENVIRONMENTS
        )
        lines = (f"  {key}: {self._service(*service)}\n" for key, service in self.services.items())
        return f"version: 1\nenvironments: {{{head}}}\nservices:\n{''.join(lines) or '  {}'}\n"

    def _service(self, name: str, lifecycle: str, roles: Mapping[str, str]) -> str:
        fields = f"friendly_name: {name}, lifecycle: {{only: [{self.environment}], {lifecycle}}}"
        written = {
            key: f"{{friendly_name: {role}, type: conversation, permissions: [sendMessage]}}"
            for key, role in roles.items()
        }
        below = "" if "absent" in lifecycle else f", roles: {_flow(written)}"
        return f"{{{fields}{below}}}"


def _flow(items: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in items.items()) + "}"


LIFECYCLES = (*["prune: [roles]"] * 5, "lookup: true", "absent: true")
ROLE_NAMES = st.dictionaries(st.sampled_from(ROLES), st.sampled_from(ROLES), max_size=2)
DECLARED = st.tuples(st.sampled_from(("x", "y")), st.sampled_from(LIFECYCLES), ROLE_NAMES)
STEPS = st.builds(
    Step,
    environment=st.sampled_from(ENVIRONMENTS),
    services=st.dictionaries(st.sampled_from(SERVICES), DECLARED, min_size=1, max_size=2),
    adopts=st.sampled_from((False, False, True)),
    forgets=st.booleans(),
    destroys=st.sampled_from((False, False, False, True)),
)


BEGINNING = tuple(
    Step(
        environment, {"one": (name, "prune: [roles]", {"agent": "agent"})}, adopts=False, forgets=False, destroys=False
    )
    for environment, name in zip(ENVIRONMENTS, ("x", "y"), strict=True)
)
"""Each environment begins with a service of its own."""


def owned(folder: Path, environment: str) -> frozenset[str]:
    """Return the SIDs that an environment's ledger owns."""
    ledger = read_any_ledger(folder / ledger_name(environment))
    return frozenset(ledger.owner) if ledger else frozenset()


def live_resources(harness: Harness) -> Live:
    """Return every service and every role by SID."""
    return dict(_live(harness))


def _live(harness: Harness) -> Iterator[tuple[str, object]]:
    for service in harness.client.get("/Services").body["services"]:
        yield service["sid"], service
        yield from (
            (each["sid"], each) for each in harness.client.get(f"/Services/{service['sid']}/Roles").body["roles"]
        )


def take(harness: Harness, step: Step) -> str:
    """Plan a step, and apply it unless something blocks it."""
    before = live_resources(harness)
    sids = {str(each["friendly_name"]): sid for sid, each in before.items() if isinstance(each, dict)}
    deletable = frozenset(Address.of("services", key) for key in SERVICES)
    harness.environment = step.environment
    harness.write(step.text(sids))
    try:
        account = harness.account()
        owned_here = account.ledger().ledger.current
        overrides = Overrides(
            max_deletes=99, allow_delete=deletable & (owned_here.keys() | harness.config().resources.keys())
        )
        made = account.plan(Intent(overrides=overrides, destroy=step.destroys))
    except (InvalidConfiguration, UsageError):
        return "invalid"
    if not made.applyable:
        return f"blocked by {min(each.rule for each in made.guardrails)}"
    theirs = owned(harness.folder, "b" if step.environment == "a" else "a")
    account.apply(made)
    after = live_resources(harness)
    assert {sid: after.get(sid) for sid in theirs} == {sid: before.get(sid) for sid in theirs}
    assert owned(harness.folder, "a").isdisjoint(owned(harness.folder, "b"))
    return "destroyed" if step.destroys else "applied" if made.live.writes else "nothing to do"


@campaign(sample=8, at_length=1_000)
@given(st.lists(STEPS, min_size=1, max_size=6))
def test_neither_environment_changes_what_the_other_one_owns(steps: list[Step]) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        with Emulator() as emulator:
            harness = Harness(folder, emulator)
            for step in (*BEGINNING, *steps):
                event(take(harness, step))
    finally:
        shutil.rmtree(folder)
