"""The conversation with Twilio: signing in, asking, paging, trying again, and what an answer means.

Not here: which resources exist, and what is done with them.
"""
