"""What every verb has in common: the common options, and that the run begins with it."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from confsync.cli.options import common_options, narrowing_options, variable_of
from confsync.errors import UsageError
from confsync.plan.guardrail_rules import OVERRIDES, Override, OverrideValue


class Verb(click.Command):
    """A verb of the command line, which gives the ending of its run."""

    narrows = False
    """Whether it can be done to a part of the configuration."""

    def __init__(self, *arguments: Any, **said: Any) -> None:  # noqa: ANN401 — handed on to click
        super().__init__(*arguments, **said)
        if self.narrows:
            self.params = [*self.params, *narrowing_options()]
        self.own = tuple(self.params)
        self.params = [*self.params, *common_options()]

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 — as in click
        """Begin the run, then do what the verb does."""
        ctx.obj.begin(ctx.command_path.partition(" ")[2])
        if ctx.obj.options.narrows and not self.narrows:
            hint = "Leave out --target, --exclude and --kind."
            raise UsageError(f"`{self.name}` is about the whole configuration.", hint=hint)
        return super().invoke(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what is special to the verb before what is common."""
        common = {id(each) for each in self.params} - {id(each) for each in self.own}
        groups = {"Options": [], "Common options": []}  # type: dict[str, list[tuple[str, str]]]
        for each in self.get_params(ctx):
            record = each.get_help_record(ctx)
            if record:
                groups["Common options" if id(each) in common else "Options"].append(record)
        for title, records in groups.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


class PlanningVerb(Verb):
    """A verb that plans, and can plan a part of the configuration."""

    narrows = True


class Verbs(click.Group):
    """Several verbs under one word, which takes the common options as they do."""

    def __init__(self, *arguments: Any, **said: Any) -> None:  # noqa: ANN401 — handed on to click
        super().__init__(*arguments, **said)
        self.own = tuple(self.params)
        self.params = [*self.params, *common_options()]


Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def intentions(command: Decorated) -> Decorated:
    """Add `--destroy` and the guardrail overrides. None has an environment variable, so none is set by accident."""
    for each in reversed(_INTENTIONS):
        command = each(command)
    return command


def _override_option(override: Override) -> Callable[[Decorated], Decorated]:
    """Make the option that an override declares."""
    match override.value:
        case OverrideValue.ADDRESSES:
            return click.option(override.flag, multiple=True, metavar="ADDRESS", help=override.help)
        case OverrideValue.NUMBER:
            return click.option(override.flag, type=click.IntRange(min=0), metavar="N", help=override.help)
        case OverrideValue.SWITCH:
            return click.option(override.flag, is_flag=True, help=override.help)


_INTENTIONS = (
    click.option("--destroy", is_flag=True, help="Delete everything that confsync made, and make nothing."),
    *map(_override_option, OVERRIDES),
)

summary = click.option(
    "--summary",
    is_flag=True,
    envvar=variable_of("--summary"),
    show_envvar=True,
    help="Tell each resource in one line, deletes and replaces first.",
)
