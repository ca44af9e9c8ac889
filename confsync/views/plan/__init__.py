"""A plan as text, as Markdown and as HTML."""
