"""What a plan must not do unasked, what is risky in it, and what goes with what it would delete."""
