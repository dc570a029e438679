"""Import of orders: from a file to rows, batch by batch."""
