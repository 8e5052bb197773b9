"""The pages of a county's rules: reading them, trying them out, comparing them with other counties'."""
