"""The checks of `billmill doctor`: one module per service, each with its list CHECKS."""
