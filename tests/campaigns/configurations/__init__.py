"""The configurations that the campaigns apply."""

from pathlib import Path

FIRST, SECOND, SMALL = (Path(__file__).with_name(f"{name}.yaml") for name in ("first", "second", "small"))
SECRETS = {name: f"the value of {name}" for name in ("CERTIFICATE", "PRIVATE_KEY", "SECRET", "API_KEY")}
"""The variables that they refer to."""
