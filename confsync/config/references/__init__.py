"""References such as `${{ var.x }}`: their syntax, their values, and where secrets come from."""
