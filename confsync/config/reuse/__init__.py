"""What saves repetition: `defaults`, `for_each`, and the `patch` of an environment."""
