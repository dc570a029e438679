"""Customers, the address book: finding them, and mending them with their open orders."""
