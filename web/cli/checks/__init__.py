"""What `billmill doctor` looks at: one module per thing, each with its list CHECKS."""
