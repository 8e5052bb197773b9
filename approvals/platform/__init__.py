"""What a project is on an outside platform of approvals: its number there, and the progress reported to it."""
