"""A made-up seller's orders, to try Billmill on: the same every time, at any number."""
