"""When a failed item counts as mended: its order could be invoiced now.

These are conditions in SQL, of the order `o` and the item `i`.
"""

from __future__ import annotations

from typing import Final

# As of the order's last check (models/orders/attention.py).
INVOICEABLE: Final = (
    "o.status = 'confirmed' AND o.attention_code IS NULL AND o.attention_stamp <> 0"
)
# Findings about the work and not about the order have the field `order`: nobody can mend these.
FIELD_OF_WORK: Final = "order"
MENDED: Final = f"{INVOICEABLE} AND i.error_field IS DISTINCT FROM '{FIELD_OF_WORK}'"
