"""Drift and its history, as documents, as text, as Markdown and as HTML."""
