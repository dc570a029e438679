"""`billmill jobs`."""
