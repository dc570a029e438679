"""Orders in: from a file to rows, batch by batch."""
