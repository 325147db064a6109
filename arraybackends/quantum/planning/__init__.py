"""From the structure of a circuit to a program, in integers only."""
