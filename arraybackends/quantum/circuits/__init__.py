"""Circuits: construction, algebra, and results."""
