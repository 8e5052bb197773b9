"""Pages of steps, opinions and meetings."""
