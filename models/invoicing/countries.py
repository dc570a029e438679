"""Countries: which codes there are, and where the European Union's VAT applies."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_CODES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
    EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
    HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
    LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    1A XI
"""
COUNTRY_CODES: Final = frozenset(_CODES.split())
"""ISO 3166-1 alpha-2, and the two codes that EN 16931 BR-CL-14 adds: 1A (Kosovo), XI (Northern
Ireland, which may also be written as GB)."""

OFTEN_MEANT: Final[Mapping[str, str]] = MappingProxyType({"UK": "GB", "EL": "GR", "XK": "1A"})
"""The code to use instead of one that other lists have."""

_IN_THE_UNION = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
MEMBER_STATES: Final = frozenset(_IN_THE_UNION.split())
"""The member states of the European Union."""

NORTHERN_IRELAND: Final = "XI"

# Where VAT is not Union VAT although the country is a member state, by the first digits of the
# postal code (Directive 2006/112/EC art. 6, as amended by Directive (EU) 2019/475; for Greenland
# art. 5 (2)): the Canary Islands, Ceuta and Melilla; Heligoland and Büsingen; Livigno and Campione
# d'Italia; Mount Athos; Åland; Greenland; the French territories overseas.
_OUTSIDE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "ES": ("35", "38", "51", "52"),
        "DE": ("27498", "78266"),
        "IT": ("23041", "22061"),
        "GR": ("63086", "63087"),
        "FI": ("22",),
        "DK": ("39",),
        "FR": ("971", "972", "973", "974", "975", "976", "977", "978", "984", "986", "987", "988"),
    }
)
_NO_DIGIT: Final = re.compile(r"\D+")


def vat_territory(country: str, postal_code: str, vat_id: str | None = None) -> str | None:
    """The member state whose VAT applies to goods in a place; None outside the EU's VAT area.

    - Monaco (MC) counts as France (Directive 2006/112/EC art. 7). The Isle of Man (IM) counts as
      the United Kingdom and is outside.
    - Northern Ireland is XI, within the area for goods (Windsor Framework, art. 8). It is written
      as country XI, or as GB with a VAT id that begins with XI; the rest of GB is outside.
    - Territories of a member state in which the directive does not apply are outside, whether they
      have a code of their own (AX, GF, GL, GP, MF, MQ, RE, YT) or the state's code and their postal
      code, which may be written as "63086", "630 86" or "GR-630 86".
    """
    if country in MEMBER_STATES:
        excluded = _OUTSIDE.get(country)
        return None if excluded and _digits(postal_code).startswith(excluded) else country
    if country == "MC":
        return "FR"
    if country == NORTHERN_IRELAND:
        return NORTHERN_IRELAND
    if country == "GB" and (vat_id or "").strip().upper().startswith(NORTHERN_IRELAND):
        return NORTHERN_IRELAND
    return None


def _digits(postal_code: str) -> str:
    """The code without spaces and the country's prefix; the codes in `_OUTSIDE` are all digits."""
    return _NO_DIGIT.sub("", postal_code)
