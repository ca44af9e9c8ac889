"""Each command has a page with its usage, its options, and links to what else a reader needs."""

from collections.abc import Iterator

import click
import pytest

from confsync.cli.command import Command
from confsync.cli.main import COMMANDS
from confsync.cli.main import confsync as command_line
from confsync.doctor.check_names import CheckName
from scripts.docs.command_pages import SEE_ALSO, command_pages, command_table

PAGES = command_pages()


def commands() -> Iterator[tuple[str, Command]]:
    """Every command with its full name, those in a group instead of the group."""
    for name, command in command_line.commands.items():
        inside = command.commands.items() if isinstance(command, click.Group) else ()
        yield from ((f"{name} {each}", subcommand) for each, subcommand in inside if isinstance(subcommand, Command))
        if isinstance(command, Command):
            yield name, command


def section(name: str) -> str:
    """Find the part of a page that describes a command."""
    page = PAGES[f"{name.partition(' ')[0]}.md"]
    return page.partition(f"\n## confsync {name}\n")[2].partition("\n## ")[0] if " " in name else page


def test_every_command_has_a_page_and_a_row_in_the_table() -> None:
    assert list(PAGES) == [f"{name}.md" for name in COMMANDS]
    for name, _ in commands():
        assert command_table().count(f"\n| [`{name}`](commands/{name.partition(' ')[0]}.md") == 1


@pytest.mark.parametrize(("name", "command"), [pytest.param(*each, id=each[0]) for each in commands()])
def test_the_page_has_the_usage_and_every_option_of_the_command(name: str, command: Command) -> None:
    text = section(name)

    assert f"```text\nconfsync {name} [OPTIONS]" in text
    for option in command.own:
        if isinstance(option, click.Option):
            assert text.count(f"\n| `{option.opts[0]}") == (0 if option.hidden else 1)


def test_the_page_shows_the_default_that_click_adds_to_the_help() -> None:
    assert "| Make the saved plan expire after this time, for example 30m, 72h or 7d. [default: 72h] |" in section(
        "plan"
    )


def test_options_and_pages_in_the_help_are_code_and_links() -> None:
    assert "With `--against`, confsync compares the configuration with a snapshot" in section("plan")
    assert "or, with `--output DIR`, to a folder" in section("export")
    assert "Set `CONFSYNC_WEBHOOK_URL` to the URL" in section("drift")
    assert "[formatting.md](../formatting.md) describes the format." in section("fmt")


def test_the_page_names_only_the_formats_that_not_every_command_supports() -> None:
    assert "This command also supports `--format junit` and `--format openmetrics`." in section("drift")
    assert "This command also supports `--format junit`." in section("validate")
    assert "also supports" not in section("apply")


def test_the_page_of_doctor_says_when_each_check_warns_or_fails() -> None:
    for check in CheckName:
        row = f"| `{check}` | {check.warns_if or 'never'} | {check.fails_if or 'never'} |"
        assert f"\n{row}" in section("doctor")
        assert check.warns_if or check.fails_if


def test_only_commands_have_pages_to_see() -> None:
    assert set(SEE_ALSO) <= set(COMMANDS)
