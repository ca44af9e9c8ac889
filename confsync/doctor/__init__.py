"""Checks everything that a run needs, on this machine and at Twilio. It changes nothing."""
