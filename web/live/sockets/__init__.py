"""All WebSockets of a process, served from one thread."""
