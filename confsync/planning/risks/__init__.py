"""Finds what is risky about a change.

Most risks are declared on a field, with a `RiskWhen`, and `risk_rules.py` names them; `field_checks.py` here compares
each change with these declarations. `checks.py` has the risks that do not depend on a single field.
"""
