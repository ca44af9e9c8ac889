"""Writes a starter folder: a configuration, the schema for editors, `.gitignore`, and the jobs of a CI system."""
