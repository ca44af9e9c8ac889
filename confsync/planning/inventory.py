"""Lists live resources, and says of each whether confsync manages it."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from functools import cached_property

from msgspec import Struct

from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.config.glob import Glob
from confsync.live.identity import Identity, identify
from confsync.live.reading import Reading, read_live
from confsync.live.source import TwilioSource, parse_live_resource
from confsync.live.task_group import task_group
from confsync.model import Kind
from confsync.names import API, Address, Sid, collection_url, member_url
from confsync.plan.intent import Selection
from confsync.plan.listed import ListedResource, ManagedState
from confsync.plan.match import How, LiveResource, Match
from confsync.plan.plan import UnmanagedResource
from confsync.resources import children_of
from confsync.state.ledger import Ledger
from confsync.state.other_environments import NO_OTHERS, OtherEnvironments, Owner
from confsync.twilio.api import Api


class ListScope(Struct, frozen=True, dict=True):
    """Which resources a list shows. Without options, all but those of which an account may have millions."""

    selection: Selection

    def shows(self, address: Address, kind: Kind) -> bool:
        """Whether the options match a resource."""
        chosen = not self.selection.kinds or kind.section in self.selection.kinds
        targeted = not self._targets or any(each.matches(address) for each in self._targets)
        return chosen and targeted and not any(each.matches(address) for each in self._excludes)

    def reads(self, collection: Address, kind: Kind, *, inside_named: bool) -> bool:
        """Whether to list a collection, because it or something in it may be shown."""
        if any(each.matches(collection) for each in self._excludes):
            return False
        if self._targets and not any(each.may_match_inside(collection) for each in self._targets):
            return False
        if self.selection.kinds and not any(each.section in self.selection.kinds for each in _with_descendants(kind)):
            return False
        return not kind.read_by_name or inside_named or any(map(self.names, _with_descendants(kind)))

    def names(self, kind: Kind) -> bool:
        """Whether an option names the section of a kind, and not only by a wildcard."""
        segments = {segment for text in self.selection.targets for segment in text.split("/")}
        return kind.section in self.selection.kinds or kind.section in segments

    @cached_property
    def _targets(self) -> tuple[Glob, ...]:
        return tuple(map(Glob.parse, self.selection.targets))

    @cached_property
    def _excludes(self) -> tuple[Glob, ...]:
        return tuple(map(Glob.parse, self.selection.excludes))


async def list_live(
    api: Api, config: Config, ledger: Ledger, selection: Selection, others: OtherEnvironments = NO_OTHERS
) -> tuple[ListedResource, ...]:
    """List live resources in the order of their addresses. Send GET requests only.

    Raises ContradictoryRead, and what the client raises.
    """
    reading = await read_live(TwilioSource(api), config, ledger)
    lister = _Lister(api, ListScope(selection), reading, identify(config, reading, ledger, others), config)
    async with task_group() as tasks:
        lister.list_children(tasks, _Above(None, None, API, Address()))
    return tuple(sorted(lister.found, key=lambda each: (each.address, each.found.sid or "")))


async def find_declared(
    api: Api, config: Config, ledger: Ledger, selection: Selection, others: OtherEnvironments = NO_OTHERS
) -> tuple[ListedResource, ...]:
    """Find the live resources that the configuration declares, in the order of their addresses.

    Reads what a plan reads, and sends GET requests only. Raises ContradictoryRead, and what the client raises.
    """
    identity = identify(config, await read_live(TwilioSource(api), config, ledger), ledger, others)
    scope = ListScope(selection)
    return tuple(
        ListedResource(address, match.found, _state_of(config.declared[address], match, identity))
        for address, match in sorted(identity.matches.items(), key=lambda each: each[0])
        if address in config.declared and scope.shows(address, match.found.kind)
    )


def _state_of(desired: Desired, match: Match, identity: Identity) -> ManagedState:
    """Say what confsync does with the live resource of a declared one."""
    if match.how is How.LOOKED_UP:
        return ManagedState.LOOKED_UP
    owned = match.owned or match.found.sid in identity.ledger.owner
    if owned:
        return ManagedState.MANAGED
    return ManagedState.UNMANAGED if desired.lifecycle.absent else ManagedState.TO_ADOPT


class _Above(Struct, frozen=True):
    kind: Kind | None
    sid: Sid | None
    url: str
    address: Address
    named: bool = False


class _Lister:
    def __init__(self, api: Api, scope: ListScope, reading: Reading, identity: Identity, config: Config) -> None:
        self.found: list[ListedResource] = []
        self._api = api
        self._scope = scope
        self._reading = reading
        self._identity = identity
        self._config = config
        declared = {address: each for address, each in identity.matches.items() if address in config.declared}
        self._addresses = {match.found.sid: address for address, match in declared.items() if match.found.sid}
        self._ambiguous = {sid for sids in identity.ambiguous.values() for sid in sids}
        self._taken = {*config.declared, *identity.ledger.current}

    def list_children(self, tasks: asyncio.TaskGroup, above: _Above) -> None:
        for kind in children_of(above.kind):
            home = above.address / kind.section
            url = collection_url(kind, above.url)
            if kind.group:
                self.list_children(tasks, _Above(kind, None, url, home))
            elif kind.singleton:
                owner = self._identity.others.singletons.get((above.sid, kind, None))
                self._add(home, LiveResource(kind, None, {}), self._state_of_singleton(home, owner), owner)
            elif not kind.linked_kind and self._scope.reads(home, kind, inside_named=above.named):
                tasks.create_task(self._list_members(tasks, kind, above, url))
            elif not kind.linked_kind:
                self._add_members(tasks, kind, above, url, self._reading.collections.get((above.sid, kind), ()))

    async def _list_members(self, tasks: asyncio.TaskGroup, kind: Kind, above: _Above, url: str) -> None:
        """List a collection, unless the plan's own reading has all of it."""
        known = None if kind.read_by_name else self._reading.collections.get((above.sid, kind))
        members = known if known is not None else [each async for each in self._pages(kind, url)]
        self._add_members(tasks, kind, above, url, members)

    def _add_members(
        self, tasks: asyncio.TaskGroup, kind: Kind, above: _Above, url: str, members: Iterable[LiveResource]
    ) -> None:
        """Add the members of a collection, and go on with what is in each."""
        named = above.named or (kind.read_by_name and self._scope.names(kind))
        for live in sorted(members, key=lambda each: each.sid or ""):
            address, state = self._place(above.address / kind.section, live)
            self._add(address, live, state, self._identity.others.owner.get(live.sid or Sid("")))
            if live.sid:
                self.list_children(tasks, _Above(kind, live.sid, member_url(url, live.sid), address, named))

    async def _pages(self, kind: Kind, url: str) -> AsyncIterator[LiveResource]:
        async for page in self._api.pages(url, kind.list_key, kind.page_size):
            for body in page:
                yield parse_live_resource(kind, body)

    def _place(self, home: Address, live: LiveResource) -> tuple[Address, ManagedState]:
        """Return the address of a live resource, and its state."""
        sid = live.sid or Sid("")
        entry = self._identity.ledger.owner.get(sid)
        if (address := self._addresses.get(sid)) is not None:
            return address, self._state_of_declared(address)
        if entry is not None:
            return entry.address, ManagedState.ORPHANED
        proposed = self._proposed(home, live)
        if sid in self._identity.others.owner:
            return proposed, ManagedState.OTHER_ENVIRONMENT
        if sid in self._ambiguous:
            return proposed, ManagedState.AMBIGUOUS
        return proposed, self._unmanaged(UnmanagedResource.of(home, live).address)

    def _state_of_declared(self, address: Address) -> ManagedState:
        return _state_of(self._config.declared[address], self._identity.matches[address], self._identity)

    def _proposed(self, home: Address, live: LiveResource) -> Address:
        """Build an address from the live name, or from the SID if there is no name or the address is taken."""
        address = home / str(live.name or live.sid)
        address = home / str(live.sid) if address in self._taken else address
        self._taken.add(address)
        return address

    def _state_of_singleton(self, address: Address, owner: Owner | None) -> ManagedState:
        if owner:
            return ManagedState.OTHER_ENVIRONMENT
        return ManagedState.MANAGED if address in self._config.resources else self._unmanaged(address)

    def _unmanaged(self, address: Address) -> ManagedState:
        return ManagedState.IGNORED if self._config.environment.ignores(address) else ManagedState.UNMANAGED

    def _add(self, address: Address, live: LiveResource, state: ManagedState, owner: Owner | None) -> None:
        if self._scope.shows(address, live.kind):
            elsewhere = owner.environment if owner and state is ManagedState.OTHER_ENVIRONMENT else None
            self.found.append(ListedResource(address, live, state, elsewhere))


def _with_descendants(kind: Kind) -> Iterator[Kind]:
    yield kind
    for child in children_of(kind):
        yield from _with_descendants(child)
