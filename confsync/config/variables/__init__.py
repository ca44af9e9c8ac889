"""The variables of a configuration: how they are declared, what sets them, and their values in this run."""
