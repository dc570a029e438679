"""The addresses for operators and their tools: health, readiness, metrics."""
