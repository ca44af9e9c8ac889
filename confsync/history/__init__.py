"""Past runs of `drift`: what each found, what changed since the one before, and how long repairs took."""
