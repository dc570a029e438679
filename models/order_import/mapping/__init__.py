"""From a file's own columns, numbers and dates to those of the orders file."""
