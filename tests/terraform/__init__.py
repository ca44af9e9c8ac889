"""Tests of the import of a Terraform state."""
