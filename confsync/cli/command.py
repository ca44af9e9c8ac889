"""What the commands share: their class, the common options, and the options that several of them have."""

from collections.abc import Callable
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, TypeVar

import click

from confsync.cli.formats import FORMATS
from confsync.cli.options import SELECT_TARGET, TARGET_HELP, common_options, narrowing_options, variable_of
from confsync.cli.suggestions import suggest_addresses

if TYPE_CHECKING:
    from confsync.plan.guardrails import Override


class Command(click.Command):
    """A command. It returns a result, or None if it has printed everything."""

    narrows = False
    """Whether the command can be limited to a part of the configuration."""

    target_help = TARGET_HELP
    """What --target means, if the command can be limited."""

    writes_folder = False
    """Whether --output names a folder, which the command writes itself."""

    def __init__(
        self,
        *arguments: Any,  # noqa: ANN401 — handed on to click
        formats: tuple[str, ...] = FORMATS,
        selected_by: tuple[str, ...] = SELECT_TARGET,
        **settings: Any,  # noqa: ANN401 — handed on to click
    ) -> None:
        super().__init__(*arguments, **settings)
        self.formats = formats
        """The formats that the command offers; none if it has no result, and prints the same text in each."""
        self.selected_by = selected_by
        """The common options that select what the command works on; any other one makes no difference to it."""
        self.help = cleandoc(self.help or "")
        if self.narrows:
            self.params = [*self.params, *narrowing_options(self.target_help)]
        self.own = tuple(self.params)
        redefined = {name for each in self.own for name in each.opts}
        self.params = [
            *self.params,
            *(each for each in common_options(formats or FORMATS) if redefined.isdisjoint(each.opts)),
        ]

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 — as in click
        """Begin the run, then run the command."""
        ctx.obj.begin(ctx)
        if ctx.obj.options.narrows and not self.narrows:
            from confsync.errors import UsageError

            hint = "Remove --target, --exclude and --kind."
            raise UsageError(f"`{self.name}` always covers the whole configuration.", hint=hint)
        from confsync.cli.traced import run_traced

        return run_traced(ctx.obj, lambda: super(Command, self).invoke(ctx))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the options of the command before the common ones."""
        common = {id(each) for each in self.params} - {id(each) for each in self.own}
        groups = {"Options": [], "Common options": []}  # type: dict[str, list[tuple[str, str]]]
        for each in self.get_params(ctx):
            record = each.get_help_record(ctx)
            if record and isinstance(each, click.Option):
                groups["Common options" if id(each) in common else "Options"].append(record)
        for title, records in groups.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


class PlanningCommand(Command):
    """A command that plans all or a part of the configuration."""

    narrows = True


class CommandGroup(click.Group):
    """Several commands under one word, which takes the common options, too."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:  # noqa: ANN401 — handed on to click
        super().__init__(*arguments, **settings)
        self.own = tuple(self.params)
        self.params = [*self.params, *common_options()]


Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def intent_options(command: Decorated) -> Decorated:
    """Add `--destroy` and the guardrail overrides. None has an environment variable, so none is set by accident."""
    from confsync.plan.guardrails import OVERRIDES

    destroy = click.option(
        "--destroy",
        is_flag=True,
        help="Delete everything that confsync created, instead of applying the configuration.",
    )
    for option in reversed((destroy, *map(_override_option, OVERRIDES))):
        command = option(command)
    return command


def _override_option(override: "Override") -> Callable[[Decorated], Decorated]:
    """Create the option that an override declares."""
    from confsync.plan.guardrails import OverrideValue

    match override.value:
        case OverrideValue.ADDRESSES:
            return click.option(
                override.flag, multiple=True, metavar="ADDRESS", shell_complete=suggest_addresses, help=override.help
            )
        case OverrideValue.NUMBER:
            return click.option(override.flag, type=click.IntRange(min=0), metavar="N", help=override.help)
        case OverrideValue.SWITCH:
            return click.option(override.flag, is_flag=True, help=override.help)


def summary_flag(shown: str) -> Callable[[Decorated], Decorated]:
    """Create the option `--summary` of a command; `shown` is its help."""
    return click.option("--summary", is_flag=True, envvar=variable_of("--summary"), show_envvar=True, help=shown)


summary_option = summary_flag("Show each resource on one line, with deletions and replacements first.")
