"""A made-up seller's orders, to try Billmill with: the same orders each time."""
