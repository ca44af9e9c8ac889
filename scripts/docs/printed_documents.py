"""Which JSON document each command prints, for the links between their pages."""

from collections.abc import Mapping

from scripts.docs.markdown import join

PRINTED: Mapping[str, Mapping[str, str]] = {
    "init": {"init": ""},
    "validate": {"diagnostics": ""},
    "fmt": {"fmt": ""},
    "plan": {"plan": ""},
    "show": {"plan": ""},
    "apply": {"apply": "", "plan": "if the apply does not start"},
    "rehearse": {"rehearsal": ""},
    "drift": {"drift": "", "history": "with `--report`"},
    "diff": {"diff": ""},
    "explain": {"explain": ""},
    "pull": {"pull": ""},
    "adopt": {"adoption": "with `--all`", "diagnostics": "with an address and a SID"},
    "forget": {"diagnostics": ""},
    "list": {"list": ""},
    "export": {"export": ""},
    "import-terraform": {"import": ""},
    "output": {"output": ""},
    "ledger show": {"ledger": ""},
    "ledger rebuild": {"ledger": ""},
    "ledger adopt": {"ledger": ""},
    "ledger merge": {"diagnostics": ""},
    "ledger push": {"diagnostics": ""},
    "ledger unlock": {"diagnostics": ""},
    "repair duplicates": {"repair": ""},
    "doctor": {"doctor": ""},
    "version": {"diagnostics": ""},
}
"""The documents of each command, each with the condition under which the command prints it, if there are several."""


def documents_of(command: str) -> str:
    """Say which documents a command prints, with links from the page of a command; empty if it prints none."""
    found = [
        f"the [{name} document](../json/{name}.md){_in_parentheses(condition)}"
        for name, condition in PRINTED.get(command, {}).items()
    ]
    return f"With `--json`, confsync prints {join(found, 'or')}." if found else ""


def commands_of(document: str) -> str:
    """Say which commands print a document, with links from the page of a document."""
    found = [
        f"{link_of(command, '../commands/')}{_in_parentheses(printed[document])}"
        for command, printed in PRINTED.items()
        if document in printed
    ]
    if not found:
        return "No command prints this document. confsync sends it as a [notification](../notifications.md)."
    return f"With `--json`, {join(found)} {'prints' if len(found) == 1 else 'print'} this document."


def link_of(command: str, folder: str) -> str:
    """Link to the page of a command, or to the section of a subcommand."""
    name, _, subcommand = command.partition(" ")
    return f"[`{command}`]({folder}{name}.md{f'#confsync-{name}-{subcommand}' if subcommand else ''})"


def _in_parentheses(condition: str) -> str:
    return f" ({condition})" if condition else ""
