"""Orders: finding them, choosing them for a job, and loading them for invoicing."""
