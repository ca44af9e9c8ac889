"""Keeps a value masked in the plan that makes it open: the reviewer of that plan decides if others may see it."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from confsync.config.config import Config
from confsync.config.desired import Desired, DesiredValue
from confsync.secret import Secret
from confsync.state.ledger import Ledger


def with_unmarked_values(config: Config, ledger: Ledger) -> Config:
    """Mask each declared value that was sensitive when it was last applied; an apply records that it is not any more.

    The ledger has a fingerprint of such a value, and a digest of any other.
    """
    masked = {each.address: each for each in _masked(config, ledger)}
    return replace(config, resources={**config.resources, **masked}) if masked else config


def _masked(config: Config, ledger: Ledger) -> Iterator[Desired]:
    for address, entry in ledger.current.items():
        desired = config.resources.get(address)
        opened = dict(_opened(desired, entry.fingerprints)) if desired and entry.fingerprints else {}
        if desired and opened:
            fields: dict[str, DesiredValue] = {**desired.fields, **opened}
            yield replace(desired, fields=fields, unmarked=desired.unmarked.union(opened))


def _opened(desired: Desired, fingerprints: Mapping[str, str]) -> Iterator[tuple[str, Secret]]:
    for name in fingerprints:
        value = desired.fields.get(name)
        if isinstance(value, str):
            yield name, Secret(value)
