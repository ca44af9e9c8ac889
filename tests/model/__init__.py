"""Fields, names and secrets."""
