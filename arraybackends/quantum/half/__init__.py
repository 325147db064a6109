"""State vectors that are kept in half of their memory, as pairs of float16."""
