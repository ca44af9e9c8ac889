"""Finds the guardrails that block a plan. `checks.py` lists them all."""
