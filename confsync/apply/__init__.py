"""Carries out a plan: orders the writes, sends them, checks before and after, and reports."""
