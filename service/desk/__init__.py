"""People: when one is called, and what waits for them."""
