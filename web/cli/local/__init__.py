"""`billmill up`: everything on this machine."""
