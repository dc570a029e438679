"""The orders file (CSV): one row per order line, read as a stream; each mistake is an error."""
