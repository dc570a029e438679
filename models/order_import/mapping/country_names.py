"""The code of a country from its name in the languages of its neighbours."""

from __future__ import annotations

from typing import Final

from models.order_import.mapping.labels import plain_name

# English, German, French, Dutch, Spanish and Italian names, and the country's own.
_NAMES: Final = """
AT Austria|Österreich|Autriche|Oostenrijk
AU Australia|Australien|Australie
BE Belgium|Belgien|Belgique|België|Bélgica|Belgio
BG Bulgaria|Bulgarien|Bulgarie|Bulgarije|България
CA Canada|Kanada
CH Switzerland|Schweiz|Suisse|Zwitserland|Suiza|Svizzera
CN China|Chine
CY Cyprus|Zypern|Chypre|Chipre|Κύπρος
CZ Czechia|Czech Republic|Tschechien|Tschechische Republik|Tchéquie|Tsjechië|Chequia|Česko
DE Germany|Deutschland|Allemagne|Duitsland|Alemania|Germania
DK Denmark|Dänemark|Danemark|Denemarken|Dinamarca|Danmark
EE Estonia|Estland|Estonie|Eesti
ES Spain|Spanien|Espagne|Spanje|España|Spagna
FI Finland|Finnland|Finlande|Finlandia|Suomi
FR France|Frankreich|Frankrijk|Francia
GB United Kingdom|Great Britain|England|Scotland|Wales|UK
GB Vereinigtes Königreich|Großbritannien|Royaume-Uni|Verenigd Koninkrijk|Reino Unido|Regno Unito
GR Greece|Griechenland|Grèce|Griekenland|Grecia|Ελλάδα
HR Croatia|Kroatien|Croatie|Kroatië|Croacia|Hrvatska
HU Hungary|Ungarn|Hongrie|Hongarije|Hungría|Magyarország
IE Ireland|Irland|Irlande|Ierland|Irlanda
IS Iceland|Island|Islande
IT Italy|Italien|Italie|Italië|Italia
JP Japan|Japon
LI Liechtenstein
LT Lithuania|Litauen|Lituanie|Litouwen|Lituania|Lietuva
LU Luxembourg|Luxemburg|Luxemburgo
LV Latvia|Lettland|Lettonie|Letland|Letonia|Latvija
MC Monaco
MT Malta|Malte
MX Mexico|Mexiko|México
NL Netherlands|The Netherlands|Holland|Niederlande|Pays-Bas|Nederland|Países Bajos|Paesi Bassi
NO Norway|Norwegen|Norvège|Noorwegen|Noruega|Norge
NZ New Zealand|Neuseeland
PL Poland|Polen|Pologne|Polonia|Polska
PT Portugal|Portogallo
RO Romania|Rumänien|Roumanie|Roemenië|Rumania|România
SE Sweden|Schweden|Suède|Zweden|Suecia|Sverige
SI Slovenia|Slowenien|Slovénie|Slovenië|Eslovenia|Slovenija
SK Slovakia|Slowakei|Slovaquie|Slowakije|Eslovaquia|Slovensko
TR Turkey|Türkiye|Türkei|Turquie|Turkije|Turquía
UA Ukraine
US United States|United States of America|USA
US Vereinigte Staaten|États-Unis|Verenigde Staten|Estados Unidos
"""

_CODES: Final = {
    plain_name(name): code
    for code, names in (line.split(" ", 1) for line in _NAMES.strip().splitlines())
    for name in names.split("|")
}


def country_code(value: str) -> str:
    """The ISO 3166-1 alpha-2 code of a country's name; any other text, codes included, as it is."""
    return _CODES.get(plain_name(value), value)


def is_country_name(value: str) -> bool:
    """Whether the text is a country's name in a language that we know."""
    return plain_name(value) in _CODES
