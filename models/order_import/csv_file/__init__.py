"""The orders file (CSV): one row per order line, read as a stream, with an error per fault."""
