"""Chooses the YAML key of each resource of a state: its name in Terraform, as far as that is unique."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from confsync.config.reuse.expansion import RESERVED_NAMES
from confsync.export.naming import slug
from confsync.model import Kind
from confsync.names import Address, Sid
from confsync.plan.match import LiveResource
from confsync.terraform.collecting import Imported


class TerraformNaming:
    """Names each resource as Terraform does.

    Where several resources of a collection have the same name, each key also has the index, and where that is not
    enough, the module.
    """

    def __init__(self, resources: Iterable[Imported]) -> None:
        self._by_sid = {each.sid: each for each in resources if each.sid}

    def keys(self, _: Address, kind: Kind, members: Iterable[LiveResource]) -> Mapping[Sid, str]:
        """Choose a key for each member of a collection."""
        choices = {each.sid: _choices(self._by_sid[each.sid], kind) for each in members if each.sid}
        keys: dict[Sid, str] = {}
        taken = set(map(str.casefold, RESERVED_NAMES))
        for level in range(_LEVELS):
            counts = Counter(names[level].casefold() for sid, names in choices.items() if sid not in keys)
            found = {
                sid: names[level]
                for sid, names in choices.items()
                if sid not in keys and counts[names[level].casefold()] == 1 and names[level].casefold() not in taken
            }
            keys |= found
            taken.update(map(str.casefold, found.values()))
        for sid, names in choices.items():
            if sid not in keys:
                keys[sid] = next(each for each in _numbered(names[-1]) if each.casefold() not in taken)
                taken.add(keys[sid].casefold())
        return keys


_LEVELS = 3


def _choices(each: Imported, kind: Kind) -> tuple[str, ...]:
    """Return its name, its name with the index, and both with the modules, as keys."""
    resource = each.resource
    index = "" if resource.index is None else str(resource.index)
    module = " ".join(resource.module.split("module."))
    words = ((resource.name,), (resource.name, index), (module, resource.name, index))
    return tuple("-".join(filter(None, map(slug, several))) or slug(kind.title) for several in words)


def _numbered(base: str) -> Iterator[str]:
    number = 2
    while True:
        yield f"{base}-{number}"
        number += 1
