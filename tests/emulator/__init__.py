"""The emulator, held against what is known of Twilio."""
