"""Pages, and what pages have in common."""
