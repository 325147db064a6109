"""Noise, measurements and classical control: density matrices and trajectories."""
