"""HTTP with Twilio: credentials, pages, retries, and what each response means.

Which resources exist, and what is done with them, is not known here.
"""
