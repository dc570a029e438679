"""`billmill org`, `user` and `token`."""
