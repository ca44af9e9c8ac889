"""A plan in a file: how it is written down and read again, and what of it still fits when it is applied."""
