"""The tables with their constraints, and nothing else."""
