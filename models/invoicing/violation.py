"""One thing that stands in the way of an invoice, told so that the reader can mend it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One reason why an order cannot be invoiced.

    `code` is stable and for programs; `message` is a sentence; `remedy` says what to do.
    `field` is a path such as `status`, `lines[3].quantity` (3 is the line's own number),
    `customer.vat_id` or `organization.street`.
    """

    code: str
    message: str
    field: str
    remedy: str


def is_blank(text: str | None) -> bool:
    """Whether nothing but white space was given, which counts as nothing."""
    return not text or text.isspace()
