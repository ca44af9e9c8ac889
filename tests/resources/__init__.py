"""Tests of the resource types, one file per type."""
