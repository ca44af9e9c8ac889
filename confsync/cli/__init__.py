"""The command line: one file for each verb, which asks `verbs.py` and prints a view.

Everything but click is imported where it is used, so that `--help` and `version` answer at once.
"""
