"""The bodies of requests: limits of their size, admission of the sender, and completeness."""
