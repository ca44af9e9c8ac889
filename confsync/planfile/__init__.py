"""Saved plans: writes and reads them, and decides whether one is stale or can be resumed."""
