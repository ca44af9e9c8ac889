"""Writes YAML: edits of single values, one layout for a whole file, and an expanded configuration."""
