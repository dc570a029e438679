"""Sixty made-up customers in seventeen countries."""

from __future__ import annotations

from typing import Final, NamedTuple


class DemoCustomer(NamedTuple):
    """A customer as an orders file has it; `vat_id` may be empty."""

    number: str
    name: str
    street: str
    city: str
    postal_code: str
    country: str
    vat_id: str

    @property
    def email(self) -> str:
        """An address in a domain that cannot exist."""
        return f"invoices@{self.number.lower()}.example"


# name | street | city | postal code | country | VAT id
_CUSTOMERS = """
Adler & Söhne Möbelbau GmbH | Gerberstraße 14 | Leipzig | 04105 | DE | DE214365872
Bäckerei Morgenrot KG | Marktplatz 3 | Freiburg | 79098 | DE | DE276543216
Buchhandlung am Wehr | Wehrgasse 9 | Bamberg | 96047 | DE |
Büro Hansen e. K. | Kaistraße 52 | Kiel | 24114 | DE | DE198237464
Gemeinde Unterlindenbach | Rathausgasse 1 | Unterlindenbach | 91186 | DE |
Hotel Seeblick Betriebs GmbH | Uferpromenade 20 | Konstanz | 78462 | DE | DE301928373
Ingenieurbüro Petrović | Ostendstraße 88 | Frankfurt am Main | 60314 | DE | DE267182937
Kinderladen Kunterbunt e. V. | Weserstraße 41 | Berlin | 12045 | DE |
Kanzlei Dr. Öztürk und Partner | Königsallee 60 | Düsseldorf | 40212 | DE | DE312984751
Lenz Maschinenbau GmbH | Industriering 7 | Schweinfurt | 97421 | DE | DE145987231
Praxis Dr. med. Vogel | Bahnhofstraße 5 | Göttingen | 37073 | DE |
Solarhof Brandt GbR | Dorfstraße 33 | Wriezen | 16269 | DE | DE289471653
Stadtwerke Altenfurt | Werkstraße 2 | Nürnberg | 90475 | DE | DE133557792
Tischlerei Ruhland | Holzweg 18 | Rosenheim | 83022 | DE | DE256478917
Verlag Zeilenreich GmbH | Speicherstraße 11 | Hamburg | 20457 | DE | DE205060700
Wohngut Genossenschaft eG | Lindenallee 77 | Dresden | 01097 | DE | DE161718193
Alpenglas GmbH | Innrain 25 | Innsbruck | 6020 | AT | ATU58349200
Café Ringelnatz OG | Neubaugasse 48 | Wien | 1070 | AT | ATU64820153
Steirische Saatgut eGen | Sporgasse 12 | Graz | 8010 | AT | ATU41957361
Ateliers Beaumont SARL | 17 rue des Tanneurs | Lyon | 69002 | FR | FR75318264975
Imprimerie du Vieux Port | 4 quai de Rive Neuve | Marseille | 13001 | FR | FR06402715965
Les Serres de Bretagne SAS | 2 route de Quimper | Brest | 29200 | FR | FR30491830261
Librairie Chevreuil | 31 rue Sainte-Catherine | Bordeaux | 33000 | FR |
Grachtenhuis Interieur BV | Prinsengracht 301 | Amsterdam | 1016 GX | NL | NL804756296B01
Van Rijn Logistiek BV | Maasvlakte 12 | Rotterdam | 3199 LZ | NL | NL817365400B01
Studio Oranje VOF | Oudegracht 140 | Utrecht | 3511 AX | NL | NL853920175B01
Brasserie Meunier SRL | Rue Haute 66 | Bruxelles | 1000 | BE | BE0473829162
Vlaamse Drukkers NV | Lange Nieuwstraat 8 | Antwerpen | 2000 | BE | BE0698142751
Ceramiche Rondinella S.r.l. | Via delle Fornaci 19 | Faenza | 48018 | IT | IT02948570151
Officine Valtellina S.p.A. | Via Stelvio 210 | Sondrio | 23100 | IT | IT00873410153
Pasticceria Dolcevento | Corso Umberto 55 | Catania | 95129 | IT | IT05172930157
Bodegas Sierra Clara S.L. | Calle Mayor 24 | Logroño | 26001 | ES | ESB26483917
Muebles Navarrete S.A. | Polígono Sur 15 | Zaragoza | 50012 | ES | ESA50918275
Kirjakauppa Lumi Oy | Aleksanterinkatu 30 | Helsinki | 00100 | FI | FI24681357
Saimaan Vene Oy | Satamatie 6 | Lappeenranta | 53900 | FI | FI19283741
Connemara Woollens Ltd | 9 Shop Street | Galway | H91 X2Y7 | IE | IE6388047V
Liffey Print Works Ltd | 22 Ormond Quay | Dublin | D07 K4T1 | IE | IE4749148U
Fabryka Mebli Zagroda Sp. z o.o. | ul. Rzemieślnicza 40 | Poznań | 61-714 | PL | PL7792374612
Księgarnia Pod Żurawiem | ul. Długa 12 | Gdańsk | 80-827 | PL | PL5842718396
Nordhavn Design ApS | Strandgade 71 | København | 1401 | DK | DK32758142
Fyns Frugt A/S | Havnegade 3 | Odense | 5000 | DK | DK27491839
Söderberg Trä AB | Hantverkargatan 16 | Örebro | 702 23 | SE | SE556482917301
Vinterljus Butik | Storgatan 2 | Umeå | 903 26 | SE |
Fjellheim Bygg AS | Bryggen 13 | Bergen | 5003 | NO |
Polarlys Kontor AS | Storgata 95 | Tromsø | 9008 | NO |
Aare Uhrenhandel AG | Kramgasse 27 | Bern | 3011 | CH | CHE-184.629.374
Lac Bleu Hôtellerie SA | Quai du Mont-Blanc 8 | Genève | 1201 | CH | CHE-293.748.156
Zürisee Bootsbau GmbH | Seestrasse 140 | Horgen | 8810 | CH |
Ashdown & Pryce Ltd | 18 Castle Gate | York | YO1 9RN | GB | GB482917360
Highland Fibre Co. | 5 Bridge Street | Inverness | IV1 1HG | GB | GB739182608
Thames Path Books | 61 Southbank Row | London | SE1 8XT | GB | GB604817295
Blue Heron Outfitters Inc. | 410 Alder Street | Portland | OR 97205 | US |
Prairie Lamp & Desk LLC | 2200 Grand Avenue | Des Moines | IA 50312 | US |
Harbor Street Stationers | 77 Harbor Street | Boston | MA 02110 | US |
Kitayama Bunbōgu K.K. | 3-12-8 Kitayama | Kyoto | 603-8054 | JP |
Minato Trading Co., Ltd. | 1-6-2 Kaigan | Tokyo | 105-0022 | JP |
"""


def _parsed(text: str) -> tuple[DemoCustomer, ...]:
    rows = [line.split("|") for line in text.strip().splitlines()]
    return tuple(
        DemoCustomer(f"C{10_000 + position}", *(value.strip() for value in row))
        for position, row in enumerate(rows, 1)
    )


CUSTOMERS: Final = _parsed(_CUSTOMERS)

# Their master data lack what an invoice needs.
WITHOUT_NAME: Final = DemoCustomer(
    "C10091", "", "Am Anger 6", "Erfurt", "99084", "DE", "DE247813566"
)
WITHOUT_STREET: Final = DemoCustomer(
    "C10092", "Blumen Sommerfeld", "", "Potsdam", "14467", "DE", "DE258147369"
)
WITHOUT_CITY: Final = DemoCustomer(
    "C10093", "Gasthof zur Linde", "Lindenplatz 4", "", "84453", "DE", "DE269753188"
)
WITHOUT_COUNTRY: Final = DemoCustomer(
    "C10094", "Weinhandel Brunner", "Rheingasse 10", "Basel", "4058", "", ""
)
WITHOUT_VAT_ID: Final = DemoCustomer(
    "C10095", "Toiture Lambert SARL", "8 rue de la Paix", "Metz", "57000", "FR", ""
)
