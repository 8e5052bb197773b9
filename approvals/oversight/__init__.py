"""The course of the works: milestones, incidents, what is ordered to be put right, and what follows where it is not."""
