"""Checks that the address of every override exists: a mistyped one would silently override nothing."""

from collections.abc import Collection, Iterator

from confsync.config.config import Config
from confsync.errors import UsageError
from confsync.names import Address
from confsync.plan.guardrails import OVERRIDES, Override, OverrideValue
from confsync.plan.intent import Overrides
from confsync.state.ledger import Ledger


def check_declared_overrides(overrides: Overrides, config: Config) -> None:
    """Raise UsageError for an address that the configuration must declare and does not.

    This needs no account, so that it runs before the first request.
    """
    for override in _with_addresses(owned=False):
        _check(override, overrides, config.declared, "nothing is declared there.")


def check_owned_overrides(overrides: Overrides, config: Config, ledger: Ledger) -> None:
    """Raise UsageError for an address that must be declared or owned and is neither."""
    known = {*config.declared, *ledger.current}
    for override in _with_addresses(owned=True):
        _check(override, overrides, known, "nothing is declared there, and confsync owns nothing there.")


def _with_addresses(*, owned: bool) -> Iterator[Override]:
    return (each for each in OVERRIDES if each.value is OverrideValue.ADDRESSES and each.owned is owned)


def _check(override: Override, overrides: Overrides, known: Collection[Address], problem: str) -> None:
    addresses: frozenset[Address] = getattr(overrides, override.name)
    for address in sorted(addresses.difference(known)):
        happened, instead = f"{override.flag} {address}: {problem}", f"Run it without {override.flag}."
        raise UsageError.unknown_name(happened, str(address), map(str, sorted(known)), none_known=instead)
