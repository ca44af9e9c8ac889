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
    "drift": {"drift": "", "history": "if you pass `--report`"},
    "diff": {"diff": ""},
    "explain": {"explain": ""},
    "pull": {"pull": ""},
    "adopt": {"adoption": "if you pass `--all`", "diagnostics": "if you pass an address and a SID"},
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

_MOST_IN_A_SENTENCE = 3


def documents_of(command: str) -> str:
    """Say which documents a command prints, with links from the page of a command; empty if it prints none."""
    found = [
        " ".join(filter(None, (f"the [{name} document](../json/{name}.md)", condition)))
        for name, condition in PRINTED.get(command, {}).items()
    ]
    return f"With `--json`, confsync prints {', or '.join(found)}." if found else ""


def commands_of(document: str) -> str:
    """Say which commands print a document, with links from the page of a document."""
    conditions = {command: printed[document] for command, printed in PRINTED.items() if document in printed}
    if not conditions:
        return (
            "No command prints this document. confsync sends it to a webhook as a [notification](../notifications.md)."
        )
    if len(conditions) == 1:
        [(command, condition)] = conditions.items()
        prints = " ".join(filter(None, ("prints this document", condition)))
        return f"With `--json`, {link_of(command, '../commands/')} {prints}."
    links = {command: link_of(command, "../commands/") for command in conditions}
    if len(conditions) > _MOST_IN_A_SENTENCE:
        items = (f"* {links[each]}{_in_parentheses(condition)}" for each, condition in conditions.items())
        return "\n".join(("With `--json`, these commands print this document:", "", *items))
    always = [links[each] for each, condition in conditions.items() if not condition]
    sometimes = [f" {links[each]} also prints it {condition}." for each, condition in conditions.items() if condition]
    return f"With `--json`, {join(always)} print this document.{''.join(sometimes)}"


def link_of(command: str, folder: str) -> str:
    """Link to the page of a command, or to the section of a subcommand."""
    name, _, subcommand = command.partition(" ")
    return f"[`{command}`]({folder}{name}.md{f'#confsync-{name}-{subcommand}' if subcommand else ''})"


def _in_parentheses(condition: str) -> str:
    return f" ({condition})" if condition else ""
