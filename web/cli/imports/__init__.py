"""`billmill imports`: the history of imports."""
