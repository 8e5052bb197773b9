"""Pages of projects, declarations, calls, reserve and plans."""
