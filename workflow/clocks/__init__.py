"""Days by which a party must act: rows, how they are counted, and the sweep that acts on them."""
