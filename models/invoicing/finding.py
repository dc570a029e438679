"""The one shape of a finding: what is wrong with one field, and how to correct it."""

from dataclasses import dataclass
from typing import Final

OR_IMPORT_AGAIN: Final = "in the order, or import it again."
"""How a remedy ends: an order is mended where it stands, or in the program that it came from."""

ASK_AN_ADMIN: Final = (
    "Ask an admin to mend your organisation in the browser, or the operator of Billmill to"
)
"""How a remedy begins for what only an operator changes: the organisation."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with an order, a request or a file.

    `code` is stable and for programs; `message` is a sentence; `remedy` says how to correct it.
    `field` is a path such as `status`, `lines[3].quantity` (3 is the line's own number),
    `customer.vat_id`, `filter.from` or the name of a column.
    """

    code: str
    message: str
    field: str
    remedy: str
