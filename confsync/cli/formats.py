"""The formats of a result. `rendering.py` says what renders each type of result in each; `--help` lists them."""

TEXT = "text"
JSON = "json"
MARKDOWN = "markdown"
GITHUB = "github"
HTML = "html"
JUNIT = "junit"
OPENMETRICS = "openmetrics"

FORMATS = (TEXT, JSON, MARKDOWN, GITHUB, HTML)
"""What every command offers."""

TEST_FORMATS = (*FORMATS, JUNIT)
"""What a command offers whose result CI systems can show as tests."""

DRIFT_FORMATS = (*TEST_FORMATS, OPENMETRICS)

ALL_FORMATS = DRIFT_FORMATS
"""What is accepted before the name of the command, which may then refuse it."""


def file_formats(offered: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out what is no file: GitHub reads its annotations from stdout."""
    return tuple(each for each in offered if each != GITHUB)
