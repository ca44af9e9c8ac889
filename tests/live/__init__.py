"""Tests of how the live configuration is read."""
