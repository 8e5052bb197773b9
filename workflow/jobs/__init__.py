"""Long work in the worker: with progress, result, error and owner; a killed worker loses nothing."""
