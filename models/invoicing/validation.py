"""Whether an order can be invoiced, and if not, everything that prevents it.

The rules for each part of an order, with where they come from, are in `order_rules.py`,
`line_rules.py`, `tax_rules.py`, `total_rules.py` and `party_rules.py`.
"""

from dataclasses import dataclass
from datetime import date

from models.invoicing.currency import MINOR_UNITS
from models.invoicing.finding import Finding
from models.invoicing.line_rules import line_findings
from models.invoicing.order_rules import order_findings
from models.invoicing.party_rules import customer_findings, seller_findings
from models.invoicing.source import Seller, SourceOrder
from models.invoicing.tax_rules import first_lines_by_category, tax_findings
from models.invoicing.total_rules import order_totals, total_findings
from models.invoicing.totals import Totals


@dataclass(frozen=True, slots=True)
class Examined:
    """Everything that prevents an order's invoice, and its totals.

    There are totals wherever there are no findings.
    """

    findings: tuple[Finding, ...]
    totals: Totals | None


def validate(order: SourceOrder, seller: Seller, today: date) -> tuple[Finding, ...]:
    """Everything that prevents an invoice for `order`; empty when nothing does.

    The first finding is the most useful one to show: status, date, currency, then lines (in their
    order), their taxes, totals, customer, organisation. Never raises, whatever the stored data.
    """
    return examine(order, seller, today).findings


def examine(order: SourceOrder, seller: Seller, today: date) -> Examined:
    """What `validate` finds, with the totals that it needs for that.

    Totals are computed, and judged, only for lines that have no findings of their own.
    """
    of_order = list(order_findings(order, seller, today))
    of_lines = [finding for line in order.lines for finding in line_findings(line)]
    by_category = first_lines_by_category(order.lines)
    findings = [*of_order, *of_lines, *tax_findings(order, seller, by_category)]
    totals = None
    if order.lines and not of_lines and order.currency in MINOR_UNITS:
        computed = order_totals(order)
        if isinstance(computed, Finding):
            findings.append(computed)
        else:
            totals = computed
            findings += total_findings(order, seller, totals)
    findings += customer_findings(order, by_category)
    findings += seller_findings(seller, by_category)
    return Examined(tuple(findings), totals)
