"""What a unit hands in: the form and its parts, drafts, corrections, revisions, and the kinds that stages add."""
