"""The scale bench in parts: filling a database by SQL, and measuring the program on it."""
