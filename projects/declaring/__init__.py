"""The declaration form: what was typed, the sections a county's regulation asks for, and what is missing or wrong."""
