"""What every list shares: filters, order, pages and cursors."""
