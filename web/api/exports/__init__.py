"""What the API answers as CSV."""
