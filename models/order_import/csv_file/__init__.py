"""The orders file (CSV): one row per order line, read as a stream, its faults named one by one."""
