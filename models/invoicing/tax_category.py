"""The tax categories that an invoice line can have, and what each demands."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class TaxCategory:
    """One category of UNCL 5305.

    `taxed`: the percentage is above 0 (BR-S-05); otherwise it is 0 (BR-Z-05, BR-E-05,
    BR-AE-05, BR-IC-05, BR-G-05, BR-O-05). `needs_vat_ids`: seller and buyer must both have a
    VAT id (BR-AE-02, BR-IC-02). `reason`: what the tax breakdown says about tax that is not
    charged; demanded by BR-E-10, BR-AE-10, BR-IC-10, BR-G-10 and BR-O-10, forbidden by BR-S-10
    and BR-Z-10.
    """

    code: str
    name: str
    taxed: bool = False
    needs_vat_ids: bool = False
    reason: str | None = None

    @property
    def title(self) -> str:
        """Code and name, as in `AE (reverse charge)`."""
        return f"{self.code} ({self.name})"


# E covers exemptions under many articles; the order does not say which, and article 226 (11)
# accepts "any other reference indicating that the supply is exempt".
_CATEGORIES = (
    TaxCategory("S", "standard rate", taxed=True),
    TaxCategory("Z", "zero rated"),
    TaxCategory("E", "exempt from VAT", reason="This supply is exempt from VAT."),
    TaxCategory(
        "AE",
        "reverse charge",
        needs_vat_ids=True,
        reason="Reverse charge: the buyer is liable for the VAT "
        "(Directive 2006/112/EC, art. 194 to 196).",
    ),
    TaxCategory(
        "K",
        "intra-Community supply",
        needs_vat_ids=True,
        reason="Intra-Community supply, exempt from VAT (Directive 2006/112/EC, art. 138).",
    ),
    TaxCategory(
        "G",
        "export outside the EU",
        reason="Export outside the EU, exempt from VAT (Directive 2006/112/EC, art. 146).",
    ),
    TaxCategory("O", "not subject to VAT", reason="Not subject to VAT."),
)

TAX_CATEGORIES: Mapping[str, TaxCategory] = MappingProxyType({c.code: c for c in _CATEGORIES})
"""By code, in the order in which a tax breakdown lists them.

The reasons are those of Directive 2006/112/EC art. 226 (11) and (11a).
"""
