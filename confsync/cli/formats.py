"""What a result may be printed as. Text is told piece by piece; any other format is one document, told at the end."""

TEXT = "text"
JSON = "json"
MARKDOWN = "markdown"
GITHUB = "github"
HTML = "html"

FORMATS = (TEXT, JSON, MARKDOWN, GITHUB, HTML)
