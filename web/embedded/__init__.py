"""PostgreSQL and Redis for a machine that has none.

Both run as plain child processes in the foreground, end with the process that
started them, and keep their files in one data directory.
"""
