"""The version of confsync."""

__version__ = "0.1.0"
