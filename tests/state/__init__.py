"""Tests of what confsync owns: ledger, journal, fingerprints, Git."""
