"""Writes the live account as a configuration: reads it, chooses keys, writes YAML, and plans what it wrote."""
