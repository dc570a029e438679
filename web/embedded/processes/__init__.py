"""The processes of `billmill up`: started, watched, restarted, and ended together."""
