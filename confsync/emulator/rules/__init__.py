"""What Twilio holds against a write, beyond the shape of each parameter: one file per kind of thing."""
