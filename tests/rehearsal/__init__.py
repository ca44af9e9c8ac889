"""A saved plan is rehearsed on a copy of the account."""
