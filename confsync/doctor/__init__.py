"""Checks everything that a run needs. It changes nothing."""
