"""An array literal holds exactly the values that it is made of."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from models.array_literals import array_literal
from models.database import engine
from tests.records import Account

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@pytest.fixture
def _database(seller: Account) -> None:
    """Hypothesis runs many examples in one test, on one database."""


@pytest.mark.usefixtures("_database")
def test_texts_come_back_as_they_were() -> None:
    with engine().connect() as connection:

        @given(st.lists(st.none() | TEXTS | st.sampled_from(["", "NULL", "{}", '"', "\\", "a,b"])))
        def come_back(values: list[str | None]) -> None:
            statement = text("SELECT CAST(:values AS text[])")
            assert connection.scalar(statement, {"values": array_literal(values)}) == values

        come_back()


@pytest.mark.usefixtures("_database")
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("bigint", [1, -(2**60), None]),
        ("numeric", [Decimal("1.50"), Decimal("-0.000001"), None]),
        ("date", [date(2026, 1, 31), None]),
    ],
)
def test_numbers_and_dates_come_back_as_they_were(kind: str, values: list[object]) -> None:
    with engine().connect() as connection:
        statement = text(f"SELECT CAST(:values AS {kind}[])")
        found = connection.scalar(statement, {"values": array_literal(values)})  # type: ignore[arg-type]
    assert list(map(str, found)) == list(map(str, values))
