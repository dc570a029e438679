"""Units of measure: which codes there are, and the words that people write instead."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from models.invoicing.unit_codes import UNIT_CODES

# German and English, with the usual abbreviations, in small letters; a point at the end is ignored.
_WORDS_BY_CODE: Final = {
    "C62": "stk stck stück stueck stücke st piece pieces pc pcs pce pces unit units einheit "
    "einheiten item items qty",
    "EA": "ea each",
    "PR": "paar pair pairs pr",
    "SET": "set sets satz sätze",
    "DZN": "dozen dozens dz dutzend",
    "LS": "pauschal pauschale psch pau lump_sum flat_rate",
    "SEC": "s sec second seconds sekunde sekunden",
    "MIN": "min mins minute minutes minuten",
    "HUR": "h hr hrs hour hours std stdn stunde stunden",
    "DAY": "d day days tag tage tg",
    "WEE": "week weeks wk woche wochen",
    "MON": "month months mon monat monate mo",
    "QAN": "quarter quarters quartal quartale",
    "ANN": "year years yr jahr jahre annual",
    "E48": "service service_unit",
    "E49": "manntag manntage personentag personentage pt working_day",
    "MGM": "mg milligram milligrams milligramm",
    "GRM": "g gr gram grams gramme gramm",
    "KGM": "kg kilo kilos kilogram kilograms kilogramm",
    "TNE": "t to tonne tonnes tonnen metric_ton",
    "LBR": "lb lbs pound pounds",
    "ONZ": "oz ounce ounces",
    "MLT": "ml milliliter milliliters millilitre millilitres",
    "CLT": "cl centiliter centilitre zentiliter",
    "LTR": "l lt ltr liter liters litre litres",
    "GLL": "gal gallon gallons",
    "MMT": "mm millimeter millimeters millimetre millimetres",
    "CMT": "cm centimeter centimeters centimetre centimetres zentimeter",
    "MTR": "m mtr meter meters metre metres lfm lfdm lfd.m",
    "KMT": "km kilometer kilometers kilometre kilometres",
    "INH": "in inch inches zoll",
    "FOT": "ft foot feet",
    "YRD": "yd yard yards",
    "CMK": "cm2 cm²",
    "MTK": "m2 m² qm sqm square_meter square_meters square_metre quadratmeter",
    "FTK": "ft2 ft² sqft",
    "CMQ": "cm3 cm³ ccm",
    "MTQ": "m3 m³ cbm cubic_meter cubic_metre kubikmeter",
    "KWH": "kwh kilowattstunde kilowattstunden",
    "MWH": "mwh",
    "XBX": "box boxes schachtel schachteln",
    "XCT": "carton cartons ctn karton kartons krt",
    "XBO": "bottle bottles fl flasche flaschen",
    "XPK": "pack packs package packages packung packungen pkg pck pkt paket pakete",
    "XPX": "pallet pallets palette paletten",
    "XRO": "roll rolls rolle rollen",
    "XBG": "bag bags beutel tüte",
    "XSA": "sack säcke",
    "XCA": "can cans dose dosen",
}


def _codes_by_word() -> Iterator[tuple[str, str]]:
    for code, words in _WORDS_BY_CODE.items():
        for word in words.split():
            yield word.replace("_", " "), code


UNIT_WORDS: Final[Mapping[str, str]] = MappingProxyType(dict(_codes_by_word()))
"""The code that each word means, in small letters."""


def unit_code(text: str) -> str | None:
    """The code that `text` is, or means as a word (`Stk`, `pcs`, `hour`, `kg`); None if neither.

    A code as it is written in the list stays: `STK` is a stick of cigarettes, `Stk` is a piece. A
    package of recommendation 21 may lack its X: `BX` is `XBX`.
    """
    given = text.strip()
    if given in UNIT_CODES:
        return given
    meant = UNIT_WORDS.get(" ".join(given.casefold().split()).rstrip("."))
    if meant:
        return meant
    return next((code for code in (given.upper(), f"X{given}") if code in UNIT_CODES), None)
