"""Notifications about the drift of an account: to a webhook with a signed body, and to a chat."""
