"""The arithmetic of an invoice in exact fractions: slow, but without loss of digits."""

from fractions import Fraction

from models.invoicing.source import SourceLine


def half_up(amount: Fraction, places: int) -> Fraction:
    """`amount` to `places` decimals, halves away from zero."""
    units = (abs(amount) * 10**places * 2 + 1) // 2
    return Fraction(units if amount >= 0 else -units, 10**places)


def unit_price(line: SourceLine) -> Fraction:
    """The net price, from the gross price where one is given: six decimals."""
    if line.unit_price_gross is None:
        return Fraction(line.unit_price)
    if not line.tax_percent:
        return Fraction(line.unit_price_gross)
    return half_up(Fraction(line.unit_price_gross) / (1 + Fraction(line.tax_percent) / 100), 6)


def line_net(line: SourceLine, places: int) -> Fraction:
    """quantity x unit price x (1 - discount), rounded."""
    kept = 1 - Fraction(line.discount_percent) / 100
    return half_up(Fraction(line.quantity) * unit_price(line) * kept, places)


def signed_net(line: SourceLine, places: int) -> Fraction:
    """What the row adds to the net total: an allowance is subtracted."""
    net = line_net(line, places)
    return -net if line.row_type == "allowance" else net


def document(lines: tuple[SourceLine, ...], places: int) -> tuple[Fraction, Fraction, Fraction]:
    """Net, tax and gross, the tax rounded once per category and percentage."""
    groups: dict[tuple[str, Fraction], list[Fraction]] = {}
    for line in lines:
        group = groups.setdefault((line.tax_category, Fraction(line.tax_percent)), [])
        group.append(signed_net(line, places))
    net = sum((net for nets in groups.values() for net in nets), Fraction(0))
    tax = sum(
        (half_up(sum(nets) * percent / 100, places) for (_, percent), nets in groups.items()),
        Fraction(0),
    )
    return net, tax, net + tax
