"""Changes of what was approved: asked for by the unit, answered by the county's rules and by the offices they name."""
