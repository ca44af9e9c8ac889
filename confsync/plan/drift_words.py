"""The sorts of findings of a drift. This module imports nothing, because `--help` reads it."""

FAIL_ON = ("live", "configuration", "both", "unknown", "deleted", "duplicates", "unmanaged", "orphaned")
"""What `--fail-on` accepts."""

FAIL_ON_DEFAULT = FAIL_ON[:6]
"""What makes `drift` exit with 2 without that option."""
