"""The emulator behaves as Twilio is known to behave."""
