"""What people are told, in the program and by mail."""
