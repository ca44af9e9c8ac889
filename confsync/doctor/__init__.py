"""Checks everything that a run needs, on this machine and in Twilio. It changes nothing."""
