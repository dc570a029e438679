"""Invoices: numbering them, writing them in bulk, and finding them."""
