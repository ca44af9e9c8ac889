"""Whatever two hands do one after the other, a saved plan does what was reviewed or is refused, and nothing is stolen.

The test itself knows what must be, without asking the code under test: what was live when a plan was saved, what the
other user touched since, and which SIDs came from our own creates. A test run samples 5 histories;
`--hypothesis-profile long` tries 1,000.
"""

import copy
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from confsync.account.saved_plans import load_plan
from confsync.apply.report import Report, Status
from confsync.emulator.emulator import Emulator
from confsync.errors import ApiError, Refused, Stale
from confsync.plan.change import CREATES, Change
from confsync.planfile.file import SavedPlan
from tests.acceptance.world import ROLES, ROOMS, SERVICES, WORDS, Body, Member, Service, World
from tests.campaigns import campaign
from tests.harness import plan_lines

PLACES = st.one_of(
    st.tuples(st.sampled_from(SERVICES), st.just("roles"), st.sampled_from(ROLES)),
    st.tuples(st.sampled_from(SERVICES), st.just("conversations"), st.sampled_from(ROOMS)),
)
Place = tuple[str, str, str]
Edit = tuple[Place | str, Member | tuple[bool, str | None] | None]

OUTSIDE_ACTION = st.sampled_from(["edit", "edit", "delete", "make"])
OUTSIDE_ACTIONS = st.tuples(OUTSIDE_ACTION, st.one_of(st.integers(0, 2), PLACES))
"""What the other hand does, and where: to what was just written, or anywhere."""

DYING = st.tuples(st.integers(0, 4), st.booleans())
"""After how many writes the line is dead, and whether it does one more whose answer is lost."""

WHICH = st.sampled_from([0, 0, 1, 2])
"""Which saved plan is meant: most often the latest."""

MEMBERS = st.builds(Member, st.sampled_from([0, 1]), st.sampled_from([False] * 7 + [True]))
EDITS = st.lists(
    st.one_of(
        st.tuples(PLACES, MEMBERS),
        st.tuples(PLACES, st.none()),
        st.tuples(st.sampled_from(SERVICES), st.tuples(st.booleans(), st.sampled_from([None, *ROLES]))),
    ),
    max_size=3,
)
"""What is written anew: a member, the absence of one, or what a service prunes and which role is its default."""


@dataclass
class ReviewedPlan:
    """A saved plan, and what was so when it was saved.

    `disturbed` says that something happened since that may matter to it; until then it must go through.
    """

    saved: SavedPlan
    services: dict[str, Service]
    bodies: dict[str, Body]
    with_ledger: bool
    spent: bool = False
    disturbed: bool = False

    @property
    def changes(self) -> list[Change]:
        """What it writes."""
        return [each for each in self.saved.plan.changes if each.writes]

    def touches(self, place: Place) -> bool:
        """Whether it has to do with a place: something in it, the service around it, or what it points at."""
        service, section, name = place
        at = (service, *(("services",) if section == "services" else (section, name)))
        for change in self.saved.plan.changes:
            if not change.actions:
                continue
            address = tuple(change.address)[1:]
            if address[: len(at)] == at or (section == "services" and address[0] == service):
                return True
            if address[-1] == "configuration" and address[0] == service and section == "roles":
                return True
        return False


class Histories(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.closing = ExitStack()
        folder = Path(self.closing.enter_context(tempfile.TemporaryDirectory()))
        self.world = World(folder, self.closing.enter_context(Emulator()))
        self.closing.enter_context(patch("confsync.twilio.clock.SystemClock.sleep", staticmethod(_at_once)))
        self.mismatches: list[ReviewedPlan] = []
        self.by_hand = set[str]()

    def teardown(self) -> None:
        self.closing.close()

    @initialize(prunes=st.booleans(), adopted=st.booleans())
    def prepare_account(self, *, prunes: bool, adopted: bool) -> None:
        """Begin with something that we made, or that we only adopted."""
        for service in self.world.services.values():
            service.prunes = prunes
            service.roles = {name: Member() for name in ROLES[:3]}
            service.conversations = {name: Member() for name in ROOMS}
        self.world.write()
        self.world.harness.apply()
        if adopted:
            self.world.lose_ledger()
            self.world.harness.apply()

    @rule(edits=EDITS)
    def write(self, edits: list[Edit]) -> None:
        """Write something else."""
        before = copy.deepcopy(self.world.services)
        for place, said in edits:
            self._write(place, said)
        self.world.write()
        if before != self.world.services:
            self._disturb()

    def _write(self, place: Place | str, said: Member | tuple[bool, str | None] | None) -> None:
        if isinstance(said, tuple):
            self.world.services[str(place)].prunes, self.world.services[str(place)].default = said
            return
        assert not isinstance(place, str)
        service, section, name = place
        members = self.world.services[service].section(section)
        if isinstance(said, Member):
            members[name] = said
        else:
            members.pop(name, None)

    @rule(action=OUTSIDE_ACTION, place=PLACES)
    def meddle(self, action: str, place: Place) -> None:
        """Have the other hand do something."""
        service, section, name = place
        found = self.world.found(*place)
        if action == "make" or not found:
            name = name if not found else f"{name} of theirs"
            if not self.world.found(service, section, name):
                self.by_hand.add(self.world.make(service, section, name))
                self._disturb((service, section, name))
        elif action == "edit":
            self.world.edit(found[0])
            self.by_hand.add(found[0])
            self._disturb(place)
        elif self.world.delete(found[0]):
            self._disturb(place)

    # What we do

    @rule(really=st.sampled_from([True, False, False]))
    def lose_the_ledger(self, *, really: bool) -> None:
        if not really:
            return
        self.world.lose_ledger()
        self._disturb()
        for each in self.mismatches:
            each.spent = False

    @rule()
    def plan(self) -> None:
        before = self.world.bodies()
        self.world.harness.plan()
        assert self.world.bodies() == before

    @rule()
    def apply(self) -> None:
        self.world.give()
        self._disturb()
        report = self._applied()
        if report is not None:
            self._check_done(report)

    @rule(dies=DYING)
    def apply_and_fail_half_way(self, dies: tuple[int, bool]) -> None:
        self.world.give()
        self._disturb()
        with self._dying(dies):
            self._applied()

    def _applied(self) -> Report | None:
        try:
            return self.world.harness.apply()
        except Refused:
            assert self.world.harness.writes == []
            return None

    def _check_done(self, report: Report) -> None:
        if _is_kept_in_use(report):
            return
        assert {each.status for each in report.outcomes} <= {Status.DONE}, report.errors
        after = self.world.harness.plan()
        assert (after.empty, after.guardrails) == (True, ()), plan_lines(after)

    # Saved plans

    @rule(edits=EDITS.filter(bool))
    def save_a_plan(self, edits: list[Edit]) -> None:
        self.write(edits)
        harness = self.world.harness
        plan = harness.account().plan(harness.intent)
        made = plan.live
        event(f"a plan is {'not saved for a guardrail' if made.guardrails else 'saved' if made.writes else 'empty'}")
        if made.guardrails:
            return
        del self.mismatches[2:]
        file = harness.folder / f"plan{len(self.mismatches)}.json"
        plan.save(file, lifetime=timedelta(hours=72))
        self.mismatches.insert(
            0,
            ReviewedPlan(
                load_plan(file, settings=harness.settings()),
                copy.deepcopy(self.world.services),
                self.world.bodies(),
                with_ledger=harness.ledger is not None,
            ),
        )

    @rule(which=WHICH)
    def apply_a_saved_plan(self, which: int) -> None:
        if which >= len(self.mismatches):
            return
        kept = self.mismatches[which]
        why, surely = self._why_stale(kept), not kept.disturbed and not kept.spent
        self.world.give()
        report = self._done_or_refused(kept, surely=surely)
        event(f"a saved plan is {'applied' if report else 'refused'}", why or ("fits" if surely else "may fit"))
        if report is None:
            return
        assert why == "", (why, plan_lines(kept.saved.plan))
        if _is_kept_in_use(report):
            self._disturb()
            return
        assert {each.status for each in report.outcomes} <= {Status.DONE}, report.errors
        kept.spent = True
        self._disturb(but=kept)

    @rule(which=WHICH, dies=DYING)
    def apply_a_saved_plan_and_fail_half_way(self, which: int, dies: tuple[int, bool]) -> None:
        if which >= len(self.mismatches):
            return
        kept = self.mismatches[which]
        self.world.give()
        with self._dying(dies):
            report = self._done_or_refused(kept, surely=not kept.disturbed and not kept.spent)
        if report is None:
            return
        done = {each.status for each in report.outcomes} <= {Status.DONE}
        event(f"a saved plan is applied {'to its end' if done else 'half-way'} on a line that dies")
        kept.spent = kept.spent or done
        kept.disturbed = kept.disturbed or (dies[1] and not done)
        self._disturb(but=kept)

    @rule(edits=EDITS.filter(bool), dies=st.none() | DYING, meanwhile=st.lists(OUTSIDE_ACTIONS, max_size=2))
    def review_a_plan(
        self, edits: list[Edit], dies: tuple[int, bool] | None, meanwhile: list[tuple[str, Place | int]]
    ) -> None:
        """Save a plan, let it fail half-way, let the other hand do something, and apply it, or what is left of it."""
        self.save_a_plan(edits)
        if dies:
            self.apply_a_saved_plan_and_fail_half_way(0, dies)
        for action, where in meanwhile:
            place = edits[where % len(edits)][0] if isinstance(where, int) else where
            if not isinstance(place, str):
                self.meddle(action, place)
        self.apply_a_saved_plan(0)

    def _done_or_refused(self, kept: ReviewedPlan, *, surely: bool) -> Report | None:
        """Apply a saved plan; where it surely fits, whatever refuses it is raised."""
        try:
            return self._apply_saved(kept)
        except (Stale, Refused):
            if surely:
                raise
        assert self.world.harness.writes == []
        return None

    def _apply_saved(self, kept: ReviewedPlan) -> Report:
        harness = self.world.harness
        account = harness.account()
        harness.emulator.log.clear()
        return account.apply(account.resume_plan(kept.saved)).applied

    def _why_stale(self, kept: ReviewedPlan) -> str:
        """Say why a saved plan must be refused, if it must; nothing where it need not be."""
        if kept.services != self.world.services:
            return "another configuration"
        if kept.spent:
            return "it was applied"
        if kept.with_ledger and self.world.harness.ledger is None:
            return "its ledger is gone"
        now = self.world.bodies()
        moved = any(self._moved(each, kept.bodies, now) for each in kept.changes)
        return "what it touches moved" if moved else ""

    def _moved(self, change: Change, then: dict[str, Body], now: dict[str, Body]) -> bool:
        """Whether the other hand surely touched what a change is about, since it was saved."""
        sid = str(change.sid)
        if change.sid and sid in then:
            gone = sid not in now
            return (
                not change.deletes if gone else now[sid] != then[sid] and sid in self.by_hand and _is_by_hand(now[sid])
            )
        if not CREATES.intersection(change.actions):
            return False
        place = tuple(change.address)[1:]
        named = (place[0], "services", place[0]) if len(place) == 1 else (place[0], place[1], place[2])
        return any(body[:3] == named and each not in then and each in self.by_hand for each, body in now.items())

    def _disturb(self, place: Place | None = None, *, but: ReviewedPlan | None = None) -> None:
        for each in self.mismatches:
            if each is not but and (place is None or each.touches(place)):
                each.disturbed = True

    # What always holds

    @invariant()
    def nothing_was_deleted_that_is_not_ours(self) -> None:
        assert self.world.wire.stolen == []

    def _dying(self, dies: tuple[int, bool]) -> ExitStack:
        wire, stack = self.world.wire, ExitStack()
        wire.writes_left, wire.deaf = dies

        def reconnect() -> None:
            wire.writes_left, wire.deaf = None, False

        stack.callback(reconnect)
        return stack


def _is_kept_in_use(report: Report) -> bool:
    """Whether Twilio kept a role that is still a default, of which the configuration says nothing any more."""
    refusals = [each for each in report.errors if isinstance(each, ApiError)]
    return any(each.response.status == HTTPStatus.CONFLICT and each.response.method == "DELETE" for each in refusals)


def _is_by_hand(body: Body) -> bool:
    return body[3] not in {",".join(sorted(said)) for words in WORDS.values() for said in words}


async def _at_once(_: float) -> None:
    """Wait for nothing."""


STEPS = 8
"""How many steps a history has at most."""

TestHistories = Histories.TestCase
TestHistories.settings = settings(campaign(sample=5, at_length=1_000), stateful_step_count=STEPS)

AGENT, BOSS = ("support", "roles", "agent"), ("support", "roles", "boss")
Step = Callable[[Histories], object]


def reviewed(edit: Edit, action: str) -> Step:
    """Save a plan of an edit, have the other user do something to the same resource, and apply the plan."""
    return lambda histories: histories.review_a_plan([edit], None, [(action, 0)])


def ledger_is_lost(histories: Histories) -> None:
    histories.lose_the_ledger(really=True)


def agent_is_made_absent(histories: Histories) -> None:
    histories.write([(AGENT, Member(absent=True))])


KNOWN_HISTORIES: Mapping[str, tuple[Step, ...]] = {
    "a role that a plan updates is edited": (reviewed((AGENT, Member(1)), "edit"),),
    "a role that a plan updates is deleted": (reviewed((AGENT, Member(1)), "delete"),),
    "a role that a plan creates is created": (reviewed((BOSS, Member()), "make"),),
    "a role that a plan deletes is edited": (reviewed((AGENT, Member(absent=True)), "edit"),),
    "a role that a plan adopts is edited": (ledger_is_lost, reviewed((AGENT, Member()), "edit")),
    "a role is made absent when the ledger is lost": (ledger_is_lost, agent_is_made_absent, Histories.apply),
    "a role is made absent": (agent_is_made_absent, Histories.apply),
}
"""Short histories that break the laws for sure if confsync does; a sample of random ones may miss them."""


@pytest.mark.parametrize("prunes", [False, True])
@pytest.mark.parametrize("steps", KNOWN_HISTORIES.values(), ids=KNOWN_HISTORIES)
def test_a_known_history(steps: tuple[Step, ...], prunes: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    monkeypatch.setattr("tests.acceptance.test_histories.event", lambda *_: None)
    histories = Histories()
    try:
        histories.prepare_account(prunes=prunes, adopted=False)
        for step in steps:
            step(histories)
            histories.nothing_was_deleted_that_is_not_ours()
    finally:
        histories.teardown()
