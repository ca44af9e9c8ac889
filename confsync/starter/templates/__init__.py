"""The texts of the files, with `@NAME@` where a value goes."""

from collections.abc import Mapping
from importlib.resources import files


def fill_template(name: str, values: Mapping[str, str]) -> str:
    """Return the text of a template with its values."""
    text = files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    for each, value in values.items():
        text = text.replace(f"@{each}@", value)
    return text
