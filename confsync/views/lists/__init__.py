"""The results that are lists: the document of each, as text and as Markdown, and the HTML page of all."""
