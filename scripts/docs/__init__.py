"""Generates the parts of the documentation that repeat what the code declares."""
