"""Rules that hold for every command and every option."""

import re
from collections.abc import Iterator, Mapping

import click
import pytest

from confsync.account.connection import FINGERPRINT_KEY, Settings
from confsync.cli.main import confsync as group
from confsync.cli.options import common_options, variable_of
from tests.cli.conftest import Confsync


def walked(commands: Mapping[str, click.Command], above: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its full name, including those in groups."""
    for name, command in commands.items():
        yield above + name, command
        if isinstance(command, click.Group):
            yield from walked(command.commands, f"{above}{name} ")


COMMANDS: dict[str, click.Command] = {"confsync": group, **dict(walked(group.commands))}
NO_VARIABLE = {
    "--all",
    *("--auto-approve", "--approved", "--destroy", "--emulator", "--target", "--exclude", "--kind"),
    *("--allow-delete", "--allow-recreate", "--allow-loss", "--allow-rollback", "--max-deletes"),
    *("--shared", "--patch", "--var", "--write", "--force", "--help"),
    "--report",  # with a variable, a nightly `drift` could render old runs, and exit with 0
}
"""Options that approve, override, narrow or redirect must be typed; `--var` has CONFSYNC_VAR_name."""

OTHER_VARIABLES = {
    FINGERPRINT_KEY,
    "CONFSYNC_BASE_URL",
    "CONFSYNC_ALLOW_HOST",
    "CONFSYNC_FILE_ROOT",
    "CONFSYNC_PLAN_KEY",
}


def options() -> Iterator[tuple[str, click.Option]]:
    for name, command in COMMANDS.items():
        yield from ((f"{name} {each.opts[-1]}", each) for each in command.params if isinstance(each, click.Option))


OPTIONS = dict(options())
LONG_NAMES = {name: "--directory" if option.opts == ["-C"] else option.opts[-1] for name, option in OPTIONS.items()}


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_says_what_it_does(name: str, confsync: Confsync) -> None:
    help_text = COMMANDS[name].help
    assert help_text
    assert help_text.endswith(".")
    said = confsync(*([] if name == "confsync" else name.split()), "--help")
    assert said.code == 0
    assert help_text.split()[0] in said.out


def test_each_option_says_what_it_does() -> None:
    helps = {name: option.help or "" for name, option in OPTIONS.items()}
    assert {name: text for name, text in helps.items() if not re.search(r"\.(  \[default: .*\])?$", text)} == {}


def test_each_option_that_can_be_repeated_says_so() -> None:
    helps = {name: option.help or "" for name, option in OPTIONS.items() if option.multiple}
    assert {name: text for name, text in helps.items() if not re.search(r"[Rr]epeat|separated by a comma", text)} == {}


def test_each_option_has_a_variable_but_for_those_that_approve_override_or_redirect() -> None:
    found = {name: option.envvar for name, option in OPTIONS.items()}
    expected = {name: None if long in NO_VARIABLE else variable_of(long) for name, long in LONG_NAMES.items()}
    assert {name: each for name, each in found.items() if each != expected[name]} == {}


def test_no_two_options_of_a_command_share_a_variable() -> None:
    for command in COMMANDS.values():
        variables = [each.envvar for each in command.params if each.envvar]
        own = {id(each): each.envvar for each in command.params if each.envvar}
        assert len(set(own.values())) == len(own)
        assert not OTHER_VARIABLES.intersection(map(str, variables))
        # no variable can be called FILE
        assert {each for each in variables if str(each).startswith("CONFSYNC_VAR")} <= {"CONFSYNC_VAR_FILE"}


def test_each_command_takes_every_common_option() -> None:
    common = {tuple(each.opts) for each in common_options()}
    for command in COMMANDS.values():
        assert common <= {tuple(each.opts) for each in command.params}


def test_the_defaults_in_the_help_are_those_of_the_settings() -> None:
    helps = {each.name: each.help for each in common_options()}
    assert f"[default: {Settings().parallelism}]" in str(helps["parallelism"])
    assert f"[default: {Settings().timeout:.0f}]" in str(helps["timeout"])
