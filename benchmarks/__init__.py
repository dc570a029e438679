"""Measures how fast Billmill is: `make bench`. Nothing here is part of the application."""
