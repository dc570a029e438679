"""The bodies of requests: how large they may be, who may send them, and that they arrive whole."""
