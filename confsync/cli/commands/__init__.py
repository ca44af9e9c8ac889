"""Every command, in a module of its name. `cli/main.py` lists them."""
