"""The formats of a result. `rendering.py` says what renders each type of result in each; `--help` lists them."""

TEXT = "text"
JSON = "json"
MARKDOWN = "markdown"
GITHUB = "github"
HTML = "html"

FORMATS = (TEXT, JSON, MARKDOWN, GITHUB, HTML)
