"""Experts: the county's library, panels drawn by lot from it, their opinions, and what they are paid."""
