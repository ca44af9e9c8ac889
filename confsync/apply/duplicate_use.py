"""Finds out why a probable duplicate must not be deleted: something is in it, or something refers to it."""

from collections.abc import AsyncIterator, Iterator

from msgspec import Struct

from confsync.live.source import list_members
from confsync.names import Address, collection_url, member_url
from confsync.plan.match import LiveResource
from confsync.planning.blast_radius import measure_blast_radius
from confsync.planning.dependents import uncounted_facts
from confsync.planning.make import LivePlan
from confsync.resources import children_of
from confsync.twilio.api import Api


class DuplicateUse(Struct, frozen=True):
    """Decides whether a live resource is used, with a plan and by reading."""

    plan: LivePlan
    api: Api

    async def why_not_deleted(self, address: Address, home: str, live: LiveResource) -> str:
        """Say why a resource in a collection must not be deleted; nothing if it may be. Raises what the client raises.

        `address` is that of the resource that confsync owns, `home` the URL of the collection.
        """
        if refused := next(self._refusals(address, live), ""):
            return refused
        used = [*self._references(live), *[each async for each in self._contents(home, live)]]
        return f"it is in use: {'; '.join(used)}" if used else ""

    def _refusals(self, address: Address, live: LiveResource) -> Iterator[str]:
        """Yield the reasons that do not depend on what else is live."""
        entry = self.plan.snapshot.ledger.owner.get(live.sid) if live.sid else None
        if entry and entry.protect:
            yield "confsync owns it, and it is protected"
        if not set(live.kind.built_in).isdisjoint(live.natural_keys) and live.kind.parent:
            yield f"Twilio creates a {live.kind.title} of this name with each {live.kind.parent.title}"
        unfinished = entry is not None and entry.sid not in self.plan.ledger.owner
        if unfinished or any(each.entry.address == address for each in self.plan.ledger.pending):
            yield "an earlier apply did not finish the create: run `confsync apply` first"
        if live.sid and (inside := self.plan.snapshot.ledger.contents(live.sid)):
            yield f"it contains what confsync owns: {', '.join(sorted(str(each.address) for each in inside))}"

    def _references(self, live: LiveResource) -> Iterator[str]:
        """Yield what refers to a resource in Twilio and was read for the plan, except singletons."""
        for address, match in self.plan.snapshot.matches.items():
            # the facts of the blast radius name the singletons, even those that nobody declares
            fields = () if match.found.kind.singleton else match.found.kind.references_to(live.kind)
            yield from (f"{address}#{each.name}" for each in fields if match.found.fields.get(each.name) == live.sid)

    async def _contents(self, home: str, live: LiveResource) -> AsyncIterator[str]:
        """Yield what depends on a resource, and what is in it that Twilio did not create with it."""
        radius = await measure_blast_radius(self.api, live, home)
        for count in radius.counts:
            if count.number or not count.complete:
                yield count.text
        uncounted = set(uncounted_facts(live.kind))
        for fact in radius.facts:
            if fact not in uncounted:
                yield fact
        for kind in children_of(live.kind):
            # a plan does not list what is read by name, so the blast radius counts it
            if kind.created_by_twilio or kind.read_by_name:
                continue
            members = await list_members(self.api, kind, collection_url(kind, member_url(home, str(live.sid))))
            for member in members:
                if set(kind.built_in).isdisjoint(member.natural_keys):
                    yield f"{kind.title} {member.sid}"
