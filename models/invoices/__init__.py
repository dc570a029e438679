"""Invoices: numbered, written in bulk, and found again."""
