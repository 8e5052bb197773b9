"""Records with states: the one runner that moves them, and the diagrams drawn from them."""
