"""Finds what is risky about a change, as the resource types and their fields declare it."""
