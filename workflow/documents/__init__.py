"""Papers, stored by the hash of their content."""
