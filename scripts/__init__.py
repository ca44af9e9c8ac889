"""Commands for people who change confsync. None of them is installed with it."""
