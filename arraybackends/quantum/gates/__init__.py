"""The operations that circuits are made of, in plain data: gates, channels, parameters."""
