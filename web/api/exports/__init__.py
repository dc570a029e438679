"""The CSV files that the API exports."""
