"""What reviewers do besides carrying out a kind of step: opinions, offices concerned, meetings."""
