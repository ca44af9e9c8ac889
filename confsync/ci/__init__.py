"""What the jobs of a CI system need besides confsync itself: comments, issues, and the plan of the pull request."""
