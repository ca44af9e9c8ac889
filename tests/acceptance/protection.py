"""Whatever a configuration can say about protection, and a model that knows what may be deleted.

There are three services, and two roles in the first one, each known by its live name. A configuration says something
about each, or nothing. The model knows names, SIDs and addresses: no ledger, no identity and no plan.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from confsync.emulator.emulator import ACCOUNT_SID

Name = tuple[str, ...]
"""The live name of a service, or those of a service and a role in it."""

SERVICES: tuple[Name, ...] = (("A",), ("B",), ("S",))
ROLES: tuple[Name, ...] = (("A", "X"), ("A", "Y"))
KEYS: Mapping[Name, str] = {("A",): "a", ("B",): "b", ("S",): "s", ("A", "X"): "x", ("A", "Y"): "y"}
"""The key of each at first."""

ELSEWHERE = "elsewhere"
Live = Mapping[str, Name]
"""The name of every live resource by its SID."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said about one resource: its key, its lifecycle, and whether `adopt` names it."""

    key: str
    protect: bool | None = None
    absent: bool = False
    lookup: bool = False
    adopt: bool = False
    elsewhere: bool = False
    prune: bool = False
    previously: str = ""

    def lifecycle(self, above: str) -> dict[str, Any]:
        """Write the lifecycle of a resource in the section at an address."""
        written = {
            "protect": self.protect,
            "absent": self.absent,
            "lookup": self.lookup,
            "only": [ELSEWHERE] if self.elsewhere else None,
            "prune": ["roles"] if self.prune and not self.absent else None,
            "previously": [f"{above}/{self.previously}"] if self.previously else None,
        }
        return {name: value for name, value in written.items() if value or (name == "protect" and value is not None)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a configuration says, for which environment, and how it is applied.

    `adopts` takes over the ledger if the environment has another name than before.
    """

    said: Mapping[Name, Said]
    forget: tuple[Name, ...] = ()
    environment: str | None = "prod"
    adopts: bool = False
    destroy: bool = False

    def address(self, name: Name) -> str:
        """Return the address of something that is declared."""
        above = f"{self.address(name[:1])}/roles" if name[1:] else "services"
        return f"{above}/{self.said[name].key}"

    def declared(self) -> Iterator[tuple[Name, Said]]:
        """Yield what is declared in the environment, and not in a service that must be absent."""
        for name, said in self.said.items():
            service = self.said.get(name[:1])
            if service and not (service.elsewhere or said.elsewhere or (service.absent and service is not said)):
                yield name, said

    def forgotten(self, model: "Model", live: Live) -> set[str]:
        """Return the addresses that `forget` names: those that are declared are left out, because that is an error."""
        known = {model.address[sid] for sid, name in live.items() if name in self.forget and sid in model.address}
        return known - {self.address(name) for name in self.said if name[:1] in self.said}

    def text(self, model: "Model", live: Live) -> str:
        """Write it as YAML, which JSON is."""
        sids = {name: sid for sid, name in live.items()}
        here = {self.address(name): (sids[name], said) for name, said in self.declared() if name in sids}
        others = {ELSEWHERE: {"account_sid": "AC" + "e" * 32}}
        return json.dumps(
            {
                "version": 1,
                **(
                    {"environments": {self.environment: {"account_sid": ACCOUNT_SID}, **others}}
                    if self.environment
                    else {}
                ),
                "guardrails": {"max_deletes": 100},
                "allow_delete": {at: sid for at, (sid, _) in here.items() if sid.startswith("IS")},
                "adopt": {at: sid for at, (sid, said) in here.items() if said.adopt},
                "forget": sorted(self.forgotten(model, live)),
                "services": {said.key: self._service(name) for name, said in self.said.items() if not name[1:]},
            }
        )

    def _service(self, name: Name) -> dict[str, Any]:
        said = self.said[name]
        written = {"friendly_name": name[0], "lifecycle": said.lifecycle("services")}
        inside = {each.key: self._role(at) for at, each in self.said.items() if at[:1] == name and at[1:]}
        return written if said.absent else {**written, "roles": inside}

    def _role(self, name: Name) -> dict[str, Any]:
        said = self.said[name]
        managed = {} if said.lookup or said.absent else {"permissions": ["sendMessage"]}
        lifecycle = said.lifecycle(f"{self.address(name[:1])}/roles")
        return {"friendly_name": name[1], "type": "conversation", "lifecycle": lifecycle, **managed}


@dataclass
class Model:
    """The reference: a protected SID is deleted only after a plan that removed its protection was applied."""

    protected: set[str] = field(default_factory=set)
    address: dict[str, str] = field(default_factory=dict)

    def applied(self, statement: Statement, live: Live) -> None:
        """Note what is where after a plan was applied, what that protects, and what it protects no longer."""
        for name, said in statement.declared():
            here = statement.address(name)
            for sid in (each for each, known in live.items() if known == name and not said.absent):
                self._move(self.address.get(sid, here), here)
                self.address[sid] = here
                # `--destroy` does nothing else of what a configuration says
                if said.protect is None or said.lookup or statement.destroy:
                    continue
                at_this_address = {each for each, at in self.address.items() if at == here}
                self.protected = self.protected | {sid} if said.protect else self.protected - at_this_address
        self.protected &= live.keys()

    def gives_up(self, statement: Statement, live: Live) -> bool:
        """Whether a configuration says something about what is protected that may end its protection, or delete it."""
        forgotten = statement.forgotten(self, live)
        return statement.destroy or any(
            _gives_up(statement, forgotten, live[sid], self.address[sid]) for sid in self.protected
        )

    def _move(self, before: str, after: str) -> None:
        """Take along what is in a resource that moves."""
        inside = {sid: at for sid, at in self.address.items() if at.startswith(f"{before}/")}
        self.address |= {sid: f"{after}{at.removeprefix(before)}" for sid, at in inside.items()}


def _gives_up(statement: Statement, forgotten: set[str], name: Name, address: str) -> bool:
    declared = dict(statement.declared())
    about = [said for known, said in declared.items() if known in (name, name[:1])]
    addresses = {address, _address_after_move(statement, name, address)}
    about += [said for known, said in declared.items() if statement.address(known) in addresses]
    kept = name in declared and not declared[name].absent
    return (
        any(f"{address}/".startswith(f"{each}/") for each in forgotten)
        or any(each.absent or each.lookup or each.adopt for each in about)
        or (not kept and any(each.prune for each in about))
    )


def _address_after_move(statement: Statement, name: Name, address: str) -> str:
    """Return the address that a role has if the key of its service changes."""
    if not name[1:] or name[:1] not in statement.said:
        return address
    return f"{statement.address(name[:1])}/roles/{address.rpartition('/')[2]}"


OFTEN = st.sampled_from([False] * 5 + [True])
RARELY = st.sampled_from([False] * 29 + [True])
PROTECT = st.sampled_from([None, None, True, False])


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    """Say anything about anything."""
    environment = draw(st.sampled_from(["prod"] * 6 + ["production", None]))
    said: dict[Name, Said] = {}
    for name in (*SERVICES, *ROLES):
        if name[:1] in said or not name[1:]:
            each = draw(_said(name, anywhere=environment is not None))
            taken = {known.key for at, known in said.items() if len(at) == len(name)}
            if each and each.key not in taken:
                said[name] = each
    forget = draw(st.lists(st.sampled_from((*SERVICES, *ROLES)), max_size=2))
    return Statement(
        said=said,
        forget=tuple(forget),
        environment=environment,
        adopts=draw(st.booleans()),
        destroy=draw(RARELY),
    )


@st.composite
def _said(draw: st.DrawFn, name: Name, *, anywhere: bool) -> Said | None:
    own = KEYS[name]
    if not draw(st.sampled_from([True] * 4 + [False])):
        return None
    key = draw(
        st.sampled_from([own] * 4 + [f"new-{own}", *(each for at, each in KEYS.items() if len(at) == len(name))])
    )
    how = draw(st.sampled_from(["", "", "", "absent", "lookup"]))
    return Said(
        key=key,
        protect=draw(PROTECT.filter(lambda each: not (each and how))),
        absent=how == "absent",
        lookup=how == "lookup",
        adopt=draw(OFTEN),
        elsewhere=anywhere and draw(OFTEN),
        prune=not name[1:] and draw(OFTEN),
        previously=own if key != own and draw(st.booleans()) else "",
    )
