"""Writes `adopt` and `forget` entries into a configuration."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec.structs import replace

from confsync.account.configuration import LoadOptions, load_configuration
from confsync.account.rewriting import diff_lines, rewrite_files
from confsync.config.config import Config
from confsync.config.tree import File
from confsync.config.tree import Mapping as Tree
from confsync.config.writing import editing
from confsync.diagnostics import did_you_mean
from confsync.errors import Refused, UsageError
from confsync.names import Address, Sid
from confsync.planning.guardrails.protection import how_to_unprotect
from confsync.resources import kind_of
from confsync.state import ledger_file
from confsync.state.ledger_branch import LedgerBranch
from confsync.state.state_files import journal_path, unpushed_path


def write_adoptions(options: LoadOptions, adoptions: Mapping[Address, Sid]) -> tuple[str, ...]:
    """Write entries into the `adopt` section; return the lines of the diff. Raises what `load` raises."""
    return _edit_config(options, "adopt", {str(address): sid for address, sid in adoptions.items()})


def write_forget(
    options: LoadOptions, address: Address, ledger: Path, branch: LedgerBranch | None = None
) -> tuple[str, ...]:
    """Write an entry into the `forget` section; return the lines of the diff.

    Raises UsageError if the address is still declared, or if the ledger has nothing at or under it, Refused if
    something there is protected, and what `load` raises.
    """
    config = load_configuration(options)
    if kind_of(address) is None:
        raise UsageError(
            f"'{address}' is not the address of a resource.", hint="Use an address in the form that a plan shows."
        )
    if address in config.declared:
        raise UsageError(
            f"{address} is still declared.",
            hint=f"Remove its block, {config.resources[address].source}, then run `confsync forget {address}`.",
        )
    if address in config.forget:
        return ()
    _check_owned(address, ledger, branch)
    return _edit_config(options, "forget", {str(address): None})


def _check_owned(address: Address, path: Path, branch: LedgerBranch | None) -> None:
    """Refuse what is protected, and what the ledger does not know, unless a journal was left, which may know more."""
    known = branch.read_any() if branch else ledger_file.read_any_ledger(path)
    protected = (
        [each.address for each in known.entries if each.protect and each.address.within(address)] if known else []
    )
    if protected:
        names = f"{', '.join(map(str, protected))} {'is' if len(protected) == 1 else 'are'}"
        hint = how_to_unprotect(protected)
        raise Refused(
            f"{names} protected, so confsync does not forget {address}.", hint=f"{hint[:1].upper()}{hint[1:]}."
        )
    if (
        known is None
        or journal_path(path).exists()
        or unpushed_path(path).exists()
        or any(each.within(address) for each in known.addresses)
    ):
        return
    meant = did_you_mean(str(address), map(str, known.current))
    raise UsageError(
        f"confsync owns nothing at or under {address}: the ledger {branch or path} has no such entry.",
        hint=meant[:1].upper() + meant[1:] if meant else "Run `confsync ledger show` to list what confsync owns.",
    )


def _edit_config(options: LoadOptions, section: str, entries: Mapping[str, str | None]) -> tuple[str, ...]:
    """Write entries into a section of the chosen environment, or at the top if there is none.

    A mapping gets the entries with a value, a list those without. Raises UsageError if they cannot be written.
    """
    config = load_configuration(options)
    name = config.environment.name
    path = ("environments", name, section) if name else (section,)
    before = _file_of(config, path)
    mapped = {key: value for key, value in entries.items() if value and config.adopt.get(Address.parse(key)) != value}
    listed = [key for key, value in entries.items() if value is None]
    text = editing.set_entry(before, path, mapped) if mapped else before.raw.decode()
    for each in listed:
        text = editing.append_item(replace(before, raw=text.encode()), path, each)
    after = replace(before, raw=text.encode())
    _check_effect(config, load_configuration(options, after), mapped, listed)
    rewrite_files((after,))
    return tuple(diff_lines(before, after))


def _file_of(config: Config, path: Iterable[str]) -> File:
    """Return the file that holds a section, or the nearest section around it."""
    home = config.top
    for step in path:
        below = home.node.items.get(step) if isinstance(home.node, Tree) else None
        home = below or home
    return home.node.file if home is config.top else home.file


def _check_effect(before: Config, after: Config, mapped: Mapping[str, str], listed: Iterable[str]) -> None:
    """Refuse if a later layer, or another spelling of an address, overrides the new entries."""
    adopted = {Address.parse(key): value for key, value in mapped.items()}
    forgotten = set(map(Address.parse, listed))
    if after.adopt != {**before.adopt, **adopted} or set(after.forget) != {*before.forget, *forgotten}:
        raise UsageError(
            "The new entries would have no effect: a later file overrides them.",
            hint="Write the line yourself, in the last file that you pass with -f.",
        )
