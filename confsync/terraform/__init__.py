"""Turns a Terraform state into a configuration, offline."""
