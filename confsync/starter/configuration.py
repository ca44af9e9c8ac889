"""The configuration that `init` writes if it does not read a live account."""

from collections.abc import Iterator, Mapping

from confsync.export.document import SCHEMA_COMMENT
from confsync.export.yaml_text import INDENT, entry_lines, quote
from confsync.names import is_sid
from confsync.plan.starter import StarterChoices
from confsync.starter.ci import SHARED_STATE
from confsync.starter.templates import fill_template

FLEX, SERVICE = "flex", "service"


def configuration_text(
    choices: StarterChoices, account_sid: str | None, environ: Mapping[str, str], schema: str
) -> str:
    """Write a small configuration with comments, whose first line names the schema."""
    settings = "\n".join(_setting_lines(choices, account_sid, environ))
    template = FLEX if choices.flex else SERVICE
    return f"{SCHEMA_COMMENT}{schema}\n{fill_template(template, {'SETTINGS': settings})}"


def known_account(environ: Mapping[str, str]) -> str | None:
    """Return the account SID that the environment variables name, if it can be one."""
    account_sid = environ.get("TWILIO_ACCOUNT_SID", "")
    return account_sid if is_sid(account_sid, "AC") else None


def _setting_lines(choices: StarterChoices, account_sid: str | None, environ: Mapping[str, str]) -> Iterator[str]:
    if choices.ci:
        yield "# The lock and the ledger are on the Git remote, where the jobs of the CI system share them."
        for name, value in SHARED_STATE:
            yield from entry_lines(name, value, "")
    yield ""
    if account_sid is None:
        yield "# Without an environment, confsync does not check which account the credentials belong to. Write the SID"
        yield "# of your account here, and confsync refuses the credentials of any other account:"
        yield "# environments:"
        yield f"#   {quote(choices.environment)}: {{account_sid: AC...}}"
    else:
        yield "environments:"
        yield f"{INDENT}{quote(choices.environment)}:"
        found = {"account_sid": account_sid, "region": environ.get("TWILIO_REGION"), "edge": environ.get("TWILIO_EDGE")}
        for name, setting in found.items():
            if setting:
                yield from entry_lines(name, setting, INDENT * 2)
    yield ""
