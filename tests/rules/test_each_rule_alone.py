"""Every rule has an order that breaks it and no other, and every finding says how to mend it."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from models.invoicing import finding
from models.invoicing.validation import examine, validate
from tests.rules.examples import SELLER, TODAY, order
from tests.rules.rules_alone import ALONE, CODES

RULES = Path(finding.__file__).parent
_CODE = re.compile(r'Finding\(\s*f?"?([A-Za-z_{}]+)')
_PARTS = ("name", "street", "city", "country")


def codes_in_the_rules() -> set[str]:
    """The codes that the modules of rules can report."""
    found: set[str] = set()
    for file in RULES.glob("*_rules.py"):
        module = import_module(f"models.invoicing.{file.stem}")
        for named in _CODE.findall(file.read_text("utf-8")):
            code = getattr(module, named, named)  # a code that others use is a constant
            found |= {code.replace("{part}", part) for part in _PARTS}
    return found


def test_the_table_has_every_code_of_the_rules() -> None:
    assert codes_in_the_rules() == CODES


@pytest.mark.parametrize("code", CODES)
def test_the_order_breaks_this_rule_alone(code: str) -> None:
    found = validate(*ALONE[code], TODAY)
    assert [each.code for each in found] == [code]
    (one,) = found
    assert one.message[0].isupper()
    assert one.message.endswith(".")
    assert one.remedy.endswith(".")
    assert len(one.message) < 200 > len(one.remedy)


def test_a_sound_order_has_totals_and_no_finding() -> None:
    examined = examine(order(), SELLER, TODAY)
    assert examined.findings == ()
    assert examined.totals
    assert str(examined.totals.payable) == "199.92"
