"""What reviewers do: decide, record, give opinions, hold meetings."""
