"""Commands for the jobs of a CI system: `python -P -m confsync.ci`. They are no part of the interface for people."""

# `-P` keeps Python from importing a module from the folder of the job, which is the repository.

import os
import sys
from pathlib import Path
from typing import Any

import click

from confsync.ci.forge import Forge, ForgeError
from confsync.errors import ConfsyncError


@click.group()
def main() -> None:
    """Post results of confsync where a team reviews them, and find the plan that it reviewed."""


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def run(arguments: tuple[str, ...]) -> None:
    """Run confsync with ARGUMENTS and those in ARGS, one on each line, and log git in with GH_TOKEN.

    If EMULATOR is `true`, confsync uses the embedded emulator.
    """
    from confsync.__main__ import run as run_confsync
    from confsync.ci.git_login import log_git_in

    for masked in log_git_in(os.environ):
        click.echo(f"::add-mask::{masked}")
    more = (line.strip() for line in os.environ.pop("ARGS", "").splitlines())
    emulator = ["--emulator"] * (os.environ.pop("EMULATOR", "") == "true")
    sys.argv[1:] = [*arguments, *emulator, *filter(None, more)]
    run_confsync()


@main.command()
@click.argument("forge", type=click.Choice(["github", "gitlab"]))
@click.argument("report", type=click.Path(dir_okay=False, path_type=Path))
def comment(forge: str, report: Path) -> None:
    """Post REPORT, a plan in Markdown, as the one comment on the pull request."""
    from confsync.ci.posting import post_comment

    click.echo(post_comment(_forge(forge), _text_of(report)))


@main.command()
@click.argument("forge", type=click.Choice(["github", "gitlab"]))
@click.argument("exit_code", type=int)
@click.argument("report", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--title", required=True)
def issue(forge: str, exit_code: int, report: Path, title: str) -> None:
    """Open, update or close the issue about drift, after `drift` has ended with EXIT_CODE and written REPORT."""
    from confsync.ci.posting import update_issue

    click.echo(update_issue(_forge(forge), title, exit_code, _text_of(report)))


@main.command("reviewed-plan")
@click.option("--artifact", required=True, help="The name of the artifact.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Where to write the plan.")
def reviewed_plan(artifact: str, out: Path) -> None:
    """Download the plan that was reviewed. Without one, write the reason to GITHUB_OUTPUT as `missing`."""
    from confsync.ci.github import GitHub
    from confsync.ci.reviewed_plan import find_reviewed_plan

    out.unlink(missing_ok=True)
    found = find_reviewed_plan(GitHub(), artifact)
    if found.missing:
        click.echo(found.missing)
        with Path(os.environ.get("GITHUB_OUTPUT") or os.devnull).open("a", encoding="utf-8") as output:
            output.write(f"missing={found.missing}\n")
        return
    out.write_bytes(found.content)
    click.echo(f"The plan is that of {found.source}.")


@main.command()
@click.argument("plan", type=click.Path(dir_okay=False, path_type=Path))
def widget(plan: Path) -> None:
    """Print the numbers of PLAN, a plan in JSON, as GitLab's Terraform report."""
    from msgspec import MsgspecError
    from msgspec.json import decode, encode

    try:
        summary = decode(_text_of(plan), type=dict[str, Any])["summary"]
        numbers = {each: summary[each] + summary["replace"] * (each != "update") for each in _WIDGET_NUMBERS}
    except (MsgspecError, KeyError, TypeError) as error:
        raise ForgeError(
            f"{plan} is not a plan in JSON.", hint=f"Write one: `confsync plan --json --output {plan}`."
        ) from error
    click.echo(encode(numbers).decode())


_WIDGET_NUMBERS = ("create", "update", "delete")


def _forge(name: str) -> Forge:
    if name == "gitlab":
        from confsync.ci.gitlab import GitLab

        return GitLab()
    from confsync.ci.github import GitHub

    return GitHub()


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ForgeError(f"{path} cannot be read: {reason}.", hint="Name the file that confsync wrote.") from error


def run_command() -> None:
    """Run a command, and report an error as confsync does."""
    try:
        main(prog_name="confsync.ci")
    except ConfsyncError as error:
        click.echo(f"Error: {error.happened}\nNext:  {error.hint}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    run_command()
