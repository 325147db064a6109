"""Algorithms written against the standard alone, for libraries that have none of their own."""
