"""What others would use for the same work, measured beside the program: Django's admin, SQL by hand, viewflow."""
