"""From a configuration to a converged account: snapshot, diff, plan, calls, apply; one noun a file."""
