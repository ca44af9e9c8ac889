"""Every command, in a module of its name."""
