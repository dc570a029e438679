"""VAT identification numbers: whether one can be such a number, and whose."""

import re
from enum import Enum
from functools import lru_cache
from typing import Final

from stdnum.ch import uid
from stdnum.eu import vat
from stdnum.exceptions import InvalidFormat, InvalidLength, ValidationError
from stdnum.gb import vat as gb_vat

from models.invoicing.countries import COUNTRY_CODES, MEMBER_STATES, NORTHERN_IRELAND

_SEPARATORS: Final = re.compile(r"[\s./-]+")
# Digits with at most three letters before them, as in every number of a known system.
_ELSEWHERE: Final = re.compile(r"[A-Z]{0,3}[0-9][0-9A-Z]{3,13}")
_SWISS_ENDING: Final = re.compile(r"(MWST|TVA|IVA|TPV|VAT)$")
_CACHED: Final = 20_000


class VatIdCheck(Enum):
    """What can be said of a VAT id without asking its tax authority."""

    SOUND = "sound"
    WRONG_CHECK_DIGIT = "wrong check digit"
    NO_VAT_ID = "no VAT id"


def compact_vat_id(vat_id: str) -> str:
    """The id as registers write it: capitals, without spaces, points, slashes and hyphens."""
    return _SEPARATORS.sub("", vat_id).upper()


@lru_cache(maxsize=_CACHED)
def check_vat_id(vat_id: str) -> VatIdCheck:
    """Judges prefix, shape and check digit.

    EN 16931 BR-CO-09: the prefix is the state's code of ISO 3166-1 (Greece: EL; Northern Ireland:
    XI). The shape of a member state's id is the one that the state publishes (python-stdnum), as is
    that of GB and CH; elsewhere it is 4 to 17 letters or digits after the prefix.
    """
    number = compact_vat_id(vat_id)
    state = number[:2]
    try:
        if state_of_vat_id(number) is not None:
            vat.validate(number)
        elif state == "GB":
            gb_vat.validate(number)
        elif state == "CH":
            uid.validate(_SWISS_ENDING.sub("", number))
        elif state not in COUNTRY_CODES or not _ELSEWHERE.fullmatch(number[2:]):
            return VatIdCheck.NO_VAT_ID
    except (InvalidFormat, InvalidLength):
        return VatIdCheck.NO_VAT_ID
    except ValidationError:
        return VatIdCheck.WRONG_CHECK_DIGIT
    return VatIdCheck.SOUND


def state_of_vat_id(vat_id: str) -> str | None:
    """The member state of the EU (GR for EL), or XI, whose prefix the id has; otherwise None."""
    prefix = compact_vat_id(vat_id)[:2]
    if prefix == "EL":
        return "GR"
    return prefix if prefix in MEMBER_STATES or prefix == NORTHERN_IRELAND else None
