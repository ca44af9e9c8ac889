"""One Twilio account and its configuration: load, plan, apply, and everything else that the command line offers."""
