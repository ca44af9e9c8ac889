"""What confsync owns: ledger, journal, secret fingerprints, and the Git commit that was applied."""
