"""The desk of a person: queue, claims, saved views, words, the frame of a project page."""
