"""From YAML files to every declared resource by its address."""
