"""Faults that the emulator injects into its responses, so that a client can be tested against them."""
