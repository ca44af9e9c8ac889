"""What is said where a run is stopped and nothing can be imported any more: fixed words, and straight out."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import pairwise

from confsync.version import __version__

_CHANGED = "Some changes may have been made."
_LOOK = "Run `confsync plan`: it reads what is there now."
_DOCUMENT = (
    '{{"kind": "diagnostics", "format_version": "1.0", "confsync_version": "{version}", "exit_code": {code}, '
    '"diagnostics": [{{"severity": "error", "code": "CS9{code}", "summary": "{happened}", "detail": "{hint}", '
    '"range": null, "snippet": null}}]}}\n'
)


def interrupt_message(
    arguments: Sequence[str], *, terminated: bool, consented: bool = False, answered: bool = False
) -> int:
    """Say the three lines, and the document where one is wished and was not printed; give the exit code.

    `consented` says that writes may have begun.
    """
    code, name = (143, "SIGTERM") if terminated else (130, "SIGINT")
    happened = f"The run was stopped by {name}."
    changed = _CHANGED if consented else "Nothing was changed."
    hint = _LOOK if consented else "Run the same command again."
    if not answered and wishes_json(arguments, os.environ):
        _write(1, _DOCUMENT.format(version=__version__, code=code, happened=happened, hint=hint))
    _write(2, f"Error: {happened}\nState: {changed}\nNext:  {hint}\n")
    return code


def wishes_json(arguments: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Search a command line that is not understood for the wish for a document."""
    by_variable = environ.get("CONFSYNC_JSON") or environ.get("CONFSYNC_FORMAT") == "json"
    typed = "--json" in arguments or "--format=json" in arguments
    return bool(by_variable) or typed or ("--format", "json") in pairwise(arguments)


def _write(descriptor: int, text: str) -> None:
    """Write past Python's own streams, which may be in the middle of something."""
    with suppress(OSError, ValueError, AttributeError):
        (sys.stdout if descriptor == 1 else sys.stderr).flush()
    with suppress(OSError):
        os.write(descriptor, text.encode())
