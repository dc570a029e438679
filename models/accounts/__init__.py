"""Access: organisations, users, their sessions and tokens, and the audit log."""
