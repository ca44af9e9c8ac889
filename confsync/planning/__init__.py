"""Decides what to do with each resource, and what stands in the way of an apply."""
