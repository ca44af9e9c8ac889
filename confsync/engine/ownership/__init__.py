"""What we own: the ledger, the journal of what happened since, and the fingerprints of secrets."""
