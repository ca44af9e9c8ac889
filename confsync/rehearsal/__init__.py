"""Rehearses a saved plan: applies it to a copy of the account on an emulator, again and again, with faults."""
