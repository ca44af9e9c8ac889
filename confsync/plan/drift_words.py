"""The sorts of findings of a drift. This module imports nothing, because `--help` reads it."""

FAIL_ON = (
    "live",
    "configuration",
    "both",
    "unknown",
    "deleted",
    "added",
    "duplicates",
    "unmanaged",
    "orphaned",
    "expiring",
)
"""What `--fail-on` accepts."""

FAIL_ON_DEFAULT = FAIL_ON[:7]
"""What makes `drift` exit with 2 without that option."""

SIDES = FAIL_ON[:4]
"""Which of them say what changed since the last apply."""

UNDECLARED = ("added", "unmanaged")
"""Which of them are live resources that nobody declares: those in an exclusive section, and all others."""

CHANNELS = ("webhook", "slack")
"""What `--notify` accepts."""
