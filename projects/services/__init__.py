"""What people do with declarations, calls and projects: every write goes through here."""
