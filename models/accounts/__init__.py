"""Who may do what: organisations, users, their sessions and tokens, and what they did."""
