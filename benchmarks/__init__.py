"""The simulator beside its peers: the same workloads, by turns, with all results compared."""
