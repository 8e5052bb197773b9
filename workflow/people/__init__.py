"""The lists of a county's people and offices. What is done with them stands in accounts."""
