"""States and what can be known of them."""
