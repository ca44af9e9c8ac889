"""Mutation testing: changes the code that must not fail, one small change at a time, and sees that a test fails."""
