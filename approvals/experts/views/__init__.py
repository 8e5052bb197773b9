"""Pages of experts: the library, the panels, and what an expert sees by the link."""
