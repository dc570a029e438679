"""Guesses a mapping from the names of a file's columns and from the first values in them."""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from collections.abc import Sequence
from typing import Final

from models.order_import.mapping.column_words import JOINED, WORDS
from models.order_import.mapping.labels import plain_name
from models.order_import.mapping.mapping import Mapping
from models.order_import.mapping.value_kinds import TELLING, looks_like, tells

# Words around a name that say nothing about it, such as in “Lineitem quantity”.
_FILLERS: Final = (
    "lineitem", "orderlines", "orderline", "auftragszeilen", "auftragspositionen", "billingaddress",
    "billing", "rechnungsadresse", "rechnungs", "rechnung", "customer", "kunden", "order", "item",
    "position", "in", "eur", "euro",
)  # fmt: skip
_CODE: Final = re.compile(r"\s*\S*\d\S*\s*").fullmatch
_GROSS: Final = ("brutto", "gross", "ttc", "incl", "inkl", "coniva")


def guess_mapping(samples: Map[str, Sequence[str]]) -> Mapping:
    """The likeliest mapping of a file; what cannot be guessed is left out.

    `samples` has the first values of each column by its label. A column of the file feeds one of
    ours, except an e-mail address, which also identifies a customer without a number.
    """
    columns: dict[str, tuple[str, ...]] = {}
    by_name = {plain_name(label): label for label in reversed(list(samples))}
    free = dict(samples)
    for name, pairs in JOINED.items():
        for pair in pairs:
            if name not in columns and all(part in by_name for part in pair):
                columns[name] = tuple(by_name[part] for part in pair)
                for label in columns[name]:
                    free.pop(label, None)
    _by_names(columns, by_name, free)
    for name in TELLING:
        if name not in columns:
            found = next((label for label, values in free.items() if tells(name, values)), None)
            if found is not None:
                columns[name] = (found,)
                free.pop(found)
    _take_codes_for_numbers(columns, by_name, free, samples)
    _identify_customers(columns)
    _take_gross_prices(columns)
    return Mapping(columns, fill_down=_leaves_out_repeats(columns, samples))


def _by_names(
    columns: dict[str, tuple[str, ...]], by_name: Map[str, str], free: dict[str, Sequence[str]]
) -> None:
    """The surest words of all columns come first, so that no vague word takes their column."""
    most = max(map(len, WORDS.values()))
    for names in (by_name, _without_fillers(by_name)):
        for rank in range(most):
            for ours, words in WORDS.items():
                if ours in columns or rank >= len(words):
                    continue
                label = names.get(words[rank])
                if label in free and looks_like(ours, free[label]):
                    columns[ours] = (label,)
                    free.pop(label)


def _without_fillers(by_name: Map[str, str]) -> dict[str, str]:
    shorter: dict[str, str] = {}
    for name, label in by_name.items():
        for filler in _FILLERS:
            name = name.removeprefix(filler).removesuffix(filler) or name
        shorter.setdefault(name, label)
    return shorter


def _take_codes_for_numbers(
    columns: dict[str, tuple[str, ...]],
    by_name: Map[str, str],
    free: dict[str, Sequence[str]],
    samples: Map[str, Sequence[str]],
) -> None:
    """“Customer” may hold numbers, where another column has the names."""
    called = columns.get("customer_name", ())
    if "customer_number" in columns or len(called) != 1:
        return
    values = [value for value in samples[called[0]] if value.strip()]
    if not values or not all(map(_CODE, values)):
        return
    others = (by_name.get(word) for word in WORDS["customer_name"])
    name = next((other for other in others if other in free), None)
    if name is not None:
        free.pop(name)
        columns["customer_number"], columns["customer_name"] = called, (name,)


def _identify_customers(columns: dict[str, tuple[str, ...]]) -> None:
    """Customers without numbers are told apart by their address of e-mail, or their name."""
    for name in ("customer_email", "customer_name"):
        if "customer_number" not in columns and name in columns:
            columns["customer_number"] = columns[name]


def _take_gross_prices(columns: dict[str, tuple[str, ...]]) -> None:
    """A row has one price; one whose name speaks of tax included is gross."""
    if "unit_price" not in columns:
        return
    name = plain_name(columns["unit_price"][0])
    if "unit_price_gross" in columns:
        columns.pop("unit_price_gross")
    elif any(word in name for word in _GROSS):
        columns["unit_price_gross"] = columns.pop("unit_price")


def _leaves_out_repeats(
    columns: Map[str, tuple[str, ...]], samples: Map[str, Sequence[str]]
) -> bool:
    """Whether some rows have neither number nor date of an order, but a line."""
    needed = ("order_date", "quantity")
    if any(name not in columns for name in needed):
        return False
    dates, quantities = (samples[columns[name][0]] for name in needed)
    return any(
        not day.strip() and amount.strip() for day, amount in zip(dates, quantities, strict=True)
    )
