"""The JSON API: thin views that parse, call and return."""
