"""Invoice numbers have one format and follow one another without a gap."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.invoicing.invoice_number import InvoiceNumber, consecutive


@pytest.mark.parametrize(
    ("series", "year", "sequence", "written"),
    [
        ("INV", 2026, 1, "INV-2026-000001"),
        ("INV", 2026, 999_999, "INV-2026-999999"),
        ("INV", 2026, 1_000_000, "INV-2026-1000000"),
        ("CN", 999, 42, "CN-0999-000042"),
    ],
)
def test_a_number_is_written_with_series_year_and_six_digits_or_more(
    series: str, year: int, sequence: int, written: str
) -> None:
    assert str(InvoiceNumber(series, year, sequence)) == written


def test_a_new_series_starts_at_1() -> None:
    numbers = consecutive("INV", 2026, last=0, count=3)
    assert [str(number) for number in numbers] == [
        "INV-2026-000001",
        "INV-2026-000002",
        "INV-2026-000003",
    ]


def test_an_empty_group_takes_no_numbers() -> None:
    assert consecutive("INV", 2026, last=7, count=0) == ()


@given(st.lists(st.integers(0, 40), max_size=8), st.integers(0, 2_000_000))
def test_groups_of_any_size_leave_no_gap_and_repeat_nothing(counts: list[int], last: int) -> None:
    taken: list[InvoiceNumber] = []
    for count in counts:
        group = consecutive("INV", 2026, last, count)
        assert len(group) == count
        taken += group
        last = group[-1].sequence if group else last
    assert all(after.sequence == before.sequence + 1 for before, after in pairwise(taken))
    assert len({str(number) for number in taken}) == len(taken)


@given(st.integers(0, 10**12), st.integers(1, 50))
def test_the_first_number_follows_the_last_one_taken(last: int, count: int) -> None:
    numbers = consecutive("INV", 2026, last, count)
    assert (numbers[0].sequence, numbers[-1].sequence) == (last + 1, last + count)
    assert {(number.series, number.year) for number in numbers} == {("INV", 2026)}


@pytest.mark.parametrize(("last", "count"), [(-1, 1), (5, -1)])
def test_nothing_comes_before_the_first_number(last: int, count: int) -> None:
    with pytest.raises(ValueError, match="can follow"):
        consecutive("INV", 2026, last, count)


@pytest.mark.parametrize(
    ("series", "year", "sequence"),
    [("", 2026, 1), (" ", 2026, 1), ("INV", 0, 1), ("INV", 10_000, 1), ("INV", 2026, 0)],
)
def test_an_impossible_number_is_refused(series: str, year: int, sequence: int) -> None:
    with pytest.raises(ValueError, match=r".+"):
        InvoiceNumber(series, year, sequence)
