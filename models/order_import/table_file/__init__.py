"""Files of rows, whatever program wrote them: bytes in, records out, and back again."""
