"""A number above zero, as an option takes it: click's own type lets `nan` through."""

import math
from typing import Any

import click


class Amount(click.FloatRange):
    """A number above zero."""

    name = "NUMBER"

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401 — as in click
        """Refuse what is no number at all, and so slips through every comparison."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number
