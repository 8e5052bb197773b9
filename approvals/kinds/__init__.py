"""The kinds of step that offices carry out: reviews, meetings, and records of what was done elsewhere."""
