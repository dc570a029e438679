"""All WebSockets of a process, served by one event loop."""
