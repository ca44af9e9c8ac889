"""The fault matrix: what confsync does about every fault, in each kind of request."""
