"""The table of SQLSTATEs covers each of PostgreSQL's error classes."""

import re
from pathlib import Path

import psycopg.errors

from models.sqlstates import BY_CODE, Cause, verdict_by_code

DOCUMENT = Path(__file__).parents[2] / "docs" / "reliability.md"
CODE = re.compile(r"[0-9A-Z]{5}")
KNOWN = sorted(
    state
    for error in vars(psycopg.errors).values()
    if isinstance(state := getattr(error, "sqlstate", None), str) and CODE.fullmatch(state)
)


def test_every_error_class_of_the_driver_is_in_the_table() -> None:
    assert len(KNOWN) > 200
    assert {code[:2] for code in KNOWN} - {code[:2] for code in BY_CODE} == set()
    assert {code for code in BY_CODE if len(code) == 5} - set(KNOWN) == set()


def test_only_errors_that_an_orders_data_or_a_statement_can_cause_count_against_the_order() -> None:
    classes = {code[:2] for code in KNOWN if is_of_orders(code)}
    data, statements = {"10", "21", "22", "23", "40", "44", "54"}, {"09", "0F", "0Z", "20", "27"}
    assert classes == data | statements | {"02", "2F", "38", "39", "P0"}
    assert [code for code in KNOWN if code[:2] == "40" and is_of_orders(code)] == ["40002"]


def is_of_orders(code: str) -> bool:
    return verdict_by_code(code).cause is Cause.ORDER


def test_the_document_has_the_same_table() -> None:
    told = dict(
        re.findall(r"^\| `([0-9A-Z]{2,5})` \| (\w+) \|", DOCUMENT.read_text(), re.MULTILINE)
    )
    assert told == {code: str(verdict.cause) for code, verdict in BY_CODE.items()}
