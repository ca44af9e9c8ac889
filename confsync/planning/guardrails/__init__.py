"""Finds the guardrails that block a plan.

`plan/guardrails.py` declares each guardrail and the option that overrides it; `checks.py` here lists the checks.
"""
