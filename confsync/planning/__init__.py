"""Decides what to do with each resource, and which guardrails block an apply."""
