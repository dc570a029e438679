"""VAT ids: which texts can be one, whose check digit is wrong, and which state it is of."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.invoicing.vat_ids import VatIdCheck, check_vat_id, compact_vat_id, state_of_vat_id

SOUND = [
    "DE136695976", "DE 136 695 976", "DE-136.695.976", "de136695976", "FR40303265045",
    "ATU13585627", "NL004495445B01", "IE6433435F", "ESB58378431", "BE0403019261", "BE 403019261",
    "PL8567346215", "EL094259216", "GR094259216", "XI980780684", "GB980780684", "GBGD001",
    "CHE-107.787.577 MWST", "CHE107787577TVA", "CHE107787577", "NO923456783MVA", "US12-3456789",
    "AU51824753556",
]  # fmt: skip
NONE = [
    "n/a", "N/A", "-", "30", "FR", "keine", "KEINE", "none", "DE", "DE1", "DE12345678",
    "DE1234567890", "U13585627", "AT13585627", "FR123", "136695976", "EU372022452", "XX123456789",
    "USt-IdNr. DE136695976", "DE136695976 / FR40303265045", "CHE1", "GB12", "UK980780684", "?", "٣",
]  # fmt: skip
WRONG = [
    "DE123456789",
    "EL123456789",
    "FR40303265044",
    "ATU13585628",
    "GB802311781",
    "CHE107787578",
]


@pytest.mark.parametrize("vat_id", SOUND)
def test_prefix_shape_and_check_digit_are_right(vat_id: str) -> None:
    assert check_vat_id(vat_id) is VatIdCheck.SOUND


@pytest.mark.parametrize("vat_id", NONE)
def test_what_has_not_the_prefix_and_shape_is_no_vat_id(vat_id: str) -> None:
    assert check_vat_id(vat_id) is VatIdCheck.NO_VAT_ID


@pytest.mark.parametrize("vat_id", WRONG)
def test_a_slip_of_one_digit_is_told_from_no_vat_id(vat_id: str) -> None:
    assert check_vat_id(vat_id) is VatIdCheck.WRONG_CHECK_DIGIT


@pytest.mark.parametrize(
    ("vat_id", "state"),
    [("EL094259216", "GR"), ("GR1", "GR"), ("xi 980780684", "XI"), ("DE1", "DE"), ("CHE1", None),
     ("GB980780684", None), ("", None), ("EU372022452", None)],
)  # fmt: skip
def test_the_prefix_says_whose_it_is(vat_id: str, state: str | None) -> None:
    assert state_of_vat_id(vat_id) == state


@given(st.text(max_size=20) | st.from_regex(r"[A-Z]{2}[\dA-Z ./-]{0,14}", fullmatch=True))
@example("DE" + "9" * 5_000)
def test_any_text_is_judged(vat_id: str) -> None:
    checked = check_vat_id(vat_id)
    assert check_vat_id(compact_vat_id(vat_id)) is checked
    assert checked is VatIdCheck.NO_VAT_ID or vat_id.strip()
