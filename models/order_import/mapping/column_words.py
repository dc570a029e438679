"""The usual names of an orders file's columns in English, German, French, Dutch and Spanish.

The first names are the surest; all are written as `plain_name` makes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_WORDS: Final = {
    "order_number": "ordernumber orderno ordernr orderid order bestellnummer bestellnr "
    "auftragsnummer auftragsnr auftrag bestellung belegnummer belegnr belegid vorgangsnummer "
    "numerodecommande ncommande ndecommande nodecommande commande nocommande ordernummer "
    "bestelnummer numerodepedido npedido ndepedido nodepedido pedido saleid salesorder "
    "reference referenz",
    "order_date": "orderdate date bestelldatum auftragsdatum datum belegdatum createdat created "
    "datedecommande datecommande besteldatum orderdatum fechadepedido fechapedido fecha "
    "purchasedate orderedat invoicedate rechnungsdatum kaufdatum",
    "customer_number": "customernumber customerno customernr customerid kundennummer kundennr "
    "kundenid debitor debitorennummer numeroclient numerodeclient codeclient nclient "
    "klantnummer klantnr numerodecliente codigocliente ncliente accountnumber clientid buyerid "
    "debitornr",
    "customer_name": "customername customer kunde name company kundenname firma firmenname "
    "rechnungsname nomclient client nomduclient societe raisonsociale klantnaam klant bedrijf "
    "nombrecliente cliente razonsocial empresa buyername buyer billingname billingcompany "
    "kaufer rechnungsempfanger nombre nom naam",
    "customer_email": "customeremail email emailaddress mail kundenemail emailadresse courriel "
    "adresseemail correo correoelectronico emailadres billingemail buyeremail",
    "street": "street address address1 addressline1 streetaddress strasse strassehausnummer "
    "strasseundhausnummer anschrift adresse rue adresse1 straat adres calle direccion "
    "billingstreet billingaddress billingaddress1 rechnungsstrasse strassenr",
    "city": "city town ort stadt wohnort ville plaats stad ciudad poblacion billingcity",
    "postal_code": "postalcode postcode zip zipcode plz postleitzahl codepostal cp "
    "codigopostal billingzip billingpostcode",
    "country": "country countrycode land landercode pays codepays landcode pais codigopais "
    "billingcountry landeskennzeichen",
    "vat_id": "vatid vatnumber vatno vatregno vat ustid ustidnr umsatzsteuerid uid uidnummer "
    "umsatzsteueridentifikationsnummer ustidnummer tvaintracommunautaire numerotva ntva "
    "btwnummer btwid nif cif nifcif taxid taxnumber",
    "currency": "currency currencycode wahrung devise munteenheid valuta moneda ordercurrency "
    "waehrung",
    "line_number": "linenumber lineno linenr line position pos positionsnummer posnr zeile "
    "ligne regel linea item itemno",
    "sku": "sku itemnumber itemcode productcode articlenumber artikelnummer artikelnr artnr "
    "produktnummer referencearticle codearticle artikelcode codigoarticulo referencia "
    "productid articleno lineitemsku",
    "description": "description itemname productname product article title item bezeichnung "
    "artikelbezeichnung beschreibung artikel artikelname produkt produktname designation "
    "libelle produit omschrijving productnaam descripcion producto concepto articulo "
    "lineitemname leistung",
    "quantity": "quantity qty menge anzahl stuck stuckzahl quantite qte aantal hoeveelheid "
    "cantidad units lineitemquantity itemquantity quantitypurchased stueck",
    "unit": "unit unitcode uom einheit mengeneinheit me unite eenheid unidad",
    "unit_price": "unitprice netprice unitpricenet price einzelpreis einzelpreisnetto "
    "nettopreis preis stuckpreis preisnetto prixunitaire prixunitaireht prixht puht prix "
    "eenheidsprijs prijsexclbtw prijs stuksprijs preciounitario precio preciosiniva epnetto",
    "unit_price_gross": "unitpricegross grossprice priceinclvat priceincltax bruttopreis "
    "einzelpreisbrutto preisbrutto prixttc prixunitairettc puttc prijsinclbtw precioconiva "
    "lineitemprice",
    "discount_percent": "discountpercent discount discountpct rabatt rabattprozent rabattinprozent "
    "remise remisepourcent korting kortingspercentage descuento dto",
    "tax_category": "taxcategory vatcategory steuerkategorie steuerkennzeichen",
    "tax_percent": "taxpercent taxrate vatrate vatpercent mwst mwstsatz mehrwertsteuer ust "
    "ustsatz steuersatz mwstprozent tva tauxtva tauxdetva btw btwpercentage btwtarief iva "
    "tipoiva tax vat gst",
    "expected_gross": "expectedgross ordertotal grandtotal total totalgross gesamtbetrag "
    "gesamtsumme bruttobetrag rechnungsbetrag endbetrag summebrutto totalttc montantttc "
    "totaalbedrag totaal importetotal totalfactura",
    "status": "status",
}

WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    name: tuple(dict.fromkeys((name.replace("_", ""), *words.split())))
    for name, words in _WORDS.items()
}
"""The names of each column, from the surest to the vaguest."""

# Two columns that make one of ours together.
JOINED: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "customer_name": (
        ("firstname", "lastname"),
        ("vorname", "nachname"),
        ("vorname", "name"),
        ("prenom", "nom"),
        ("voornaam", "achternaam"),
        ("nombre", "apellidos"),
        ("billingfirstname", "billinglastname"),
    ),
    "street": (
        ("street", "housenumber"),
        ("strasse", "hausnummer"),
        ("strasse", "hausnr"),
        ("straat", "huisnummer"),
        ("calle", "numero"),
    ),
}
