"""What a request may say: one parser for pages and API, which turns what is wrong into findings."""
