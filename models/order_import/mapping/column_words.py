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
    "reference referenz orderref orderreference incrementid ordernum auftragsreferenz auftragnr "
    "bestellid belegfeld1 rechnungsnummer rechnungsnr invoicenumber vorgangsnr refcommande "
    "referencecommande npiece numerodepiece nopedido numeropedido",
    "order_date": "orderdate date bestelldatum auftragsdatum datum belegdatum createdat created "
    "datedecommande datecommande besteldatum orderdatum fechadepedido fechapedido fecha "
    "purchasedate orderedat invoicedate rechnungsdatum kaufdatum dateorder orderdatetime "
    "ordertime ordercreated erstelltam erstellt angelegtam bestellzeit datecreated "
    "datedecreation datepiece factuurdatum fechafactura",
    "customer_number": "customernumber customerno customernr customerid kundennummer kundennr "
    "kundenid debitor debitorennummer numeroclient numerodeclient codeclient nclient "
    "klantnummer klantnr numerodecliente codigocliente ncliente accountnumber clientid buyerid "
    "debitornr kdnr customerreference kundencode customercode customerref accountreference "
    "accountref accountcode "
    "account debitorenkonto debitorenkontonummer adressnummer adressnr partnerid codetiers "
    "comptetiers compteclient debiteurnummer debiteurnr debiteurennummer relatienummer "
    "klantcode klantid codcliente ncuenta",
    "customer_name": "customername customer kunde billingname name company kundenname firma "
    "firmenname "
    "rechnungsname nomclient client nomduclient societe raisonsociale klantnaam klant bedrijf "
    "nombrecliente cliente razonsocial empresa buyername buyer billingcompany "
    "kaufer rechnungsempfanger nombre nom naam kundenbezeichnung name1 firma1 debiteur "
    "debitorenname relatie relatienaam partner partnername customerfullname "
    "billingaddresscompany rechnungsadressefirma rechnungsname1 kaeufer empfanger auftraggeber "
    "tiers nomdutiers denomination bedrijfsnaam nombrefiscal nombredelcliente matchcode",
    "customer_email": "customeremail email emailaddress mail kundenemail emailadresse courriel "
    "adresseemail correo correoelectronico emailadres billingemail buyeremail kundenmail "
    "kundeemail mailadresse rechnungsemail rechnungsmail partneremail courrielclient "
    "emailclient mailclient emailklant emailcliente",
    "street": "street address address1 addressline1 streetaddress strasse strassehausnummer "
    "strasseundhausnummer anschrift adresse rue adresse1 straat adres calle direccion "
    "billingstreet billingaddress billingaddress1 rechnungsstrasse strassenr addresse "
    "addressline street1 strasse1 strassenname postanschrift rechnungsadresse ligneadresse "
    "adresseligne1 adresseclient straatnaam straatenhuisnummer domicilio direccionfiscal",
    "city": "city town ort stadt wohnort ville plaats stad ciudad poblacion billingcity "
    "gemeinde rechnungsort partnercity commune localite woonplaats gemeente municipio localidad "
    "billingtown",
    "postal_code": "postalcode postcode zip zipcode plz postleitzahl codepostal cp codigopostal "
    "billingzip billingpostcode postalzip zippostalcode zippostcode rechnungsplz codpostal "
    "cpostal postnummer",
    "country": "country countrycode land landercode pays codepays landcode pais codigopais "
    "billingcountry landeskennzeichen countryid countryiso countryname billingcountryiso "
    "billingcountryid landiso landname rechnungsland codpais nation",
    "vat_id": "vatid vatnumber vatno vatregno vat ustid ustidnr umsatzsteuerid uid uidnummer "
    "umsatzsteueridentifikationsnummer ustidnummer tvaintracommunautaire numerotva ntva "
    "btwnummer btwid nif cif nifcif taxid taxnumber vatregistrationnumber vatreg ustidentnr "
    "ustidentnummer umsatzsteueridentnr umsatzsteueridnr eguidnummer euustid euustidnr mwstnr "
    "btwnr cifdni nifiva",
    "currency": "currency currencycode wahrung devise munteenheid valuta moneda ordercurrency "
    "waehrung ordercurrencycode basecurrencycode currencyid iso4217 wkz wkzumsatz "
    "wahrungskennzeichen wahrungscode codedevise valutacode codigomoneda",
    "line_number": "linenumber lineno linenr line position pos positionsnummer posnr zeile "
    "ligne regel linea item itemno lineid positionsnr positionnr positionnummer "
    "auftragsposition orderline rij nlinea numligne noligne regelnummer",
    "sku": "sku itemnumber itemcode productcode articlenumber artikelnummer artikelnr artnr "
    "produktnummer referencearticle codearticle artikelcode codigoarticulo referencia productid "
    "articleno lineitemsku stockcode stockno partno partnumber articleordernumber articleid "
    "artikelid artikelno artikelnum artnummer defaultcode internalreference internereferenz "
    "referenceproduit refarticle refproduit codeproduit codarticulo codigoproducto "
    "productnumber productno productref ean gtin artikel article articulo product produkt "
    "produit producto item",
    "description": "description itemname productname product article title item bezeichnung "
    "artikelbezeichnung beschreibung artikel artikelname produkt produktname designation "
    "libelle produit omschrijving productnaam descripcion producto concepto articulo "
    "lineitemname leistung bezeichnung1 artikelbez artikeltext artikelbezeichnung1 "
    "positionstext positionsbezeichnung langtext kurztext buchungstext text articlename "
    "itemdescription productdescription linedescription label details detail designationarticle "
    "libellearticle nomduproduit artikelomschrijving productomschrijving denominacion "
    "nombreproducto detalle descripcionarticulo name",
    "quantity": "quantity qty menge anzahl stuck stuckzahl quantite qte aantal hoeveelheid "
    "cantidad units lineitemquantity itemquantity quantitypurchased stueck qtyordered "
    "orderedqty orderedquantity orderqty productuomqty quantityordered qtyinvoiced bestellmenge "
    "auftragsmenge liefermenge anz mengebestellt qtecommandee quantitecommandee nombre stuks "
    "besteldaantal uds unidades cant",
    "unit": "unit unitcode uom einheit mengeneinheit me unite eenheid unidad unitofmeasure "
    "productuom measure masseinheit verkaufseinheit vpe unitedemesure unitemesure unitedevente "
    "verkoopeenheid unidaddemedida um",
    "unit_price": "unitprice netprice unitpricenet price einzelpreis einzelpreisnetto "
    "nettopreis preis stuckpreis preisnetto prixunitaire prixunitaireht prixht puht prix "
    "eenheidsprijs prijsexclbtw prijs stuksprijs preciounitario precio preciosiniva epnetto "
    "priceunit priceexclvat priceexcltax priceexvat unitpriceexclvat rate ep vknetto vkpreis "
    "verkaufspreis verkaufspreisnetto einzelpreisohnemwst nettoeinzelpreis stueckpreis "
    "preisproeinheit puvente prixdevente prixunit pu prijsperstuk verkoopprijs nettoprijs "
    "prijsexcl preciounit pvp preciodeventa preciounitariosiniva",
    "unit_price_gross": "unitpricegross grossprice priceinclvat priceincltax bruttopreis "
    "einzelpreisbrutto preisbrutto prixttc prixunitairettc puttc prijsinclbtw precioconiva "
    "lineitemprice priceincvat unitpriceincltax unitpriceinclvat vkbrutto bruttoeinzelpreis "
    "einzelpreisinklmwst verkaufspreisbrutto preisinklmwst prixventettc prijsincl "
    "preciounitarioconiva",
    "discount_percent": "discountpercent discount discountpct rabatt rabattprozent "
    "rabattinprozent remise remisepourcent korting kortingspercentage descuento dto "
    "discountrate percentdiscount positionsrabatt rabattsatz zeilenrabatt tauxremise "
    "tauxderemise kortingpercentage desc porcentajedescuento",
    "tax_category": "taxcategory vatcategory steuerkategorie steuerkennzeichen",
    "tax_percent": "taxpercent taxrate vatrate vatpercent mwst mwstsatz mehrwertsteuer ust "
    "ustsatz steuersatz mwstprozent tva tauxtva tauxdetva btw btwpercentage btwtarief iva "
    "tipoiva tax vat gst taxes taxratepercent vatpct steuer steuerprozent umsatzsteuer "
    "umsatzsteuersatz ustprozent mwstinprozent ivaporcentaje porcentajeiva tipodeiva tauxtaxe "
    "btwperc",
    "expected_gross": "expectedgross ordertotal grandtotal total totalgross gesamtbetrag "
    "gesamtsumme bruttobetrag rechnungsbetrag endbetrag summebrutto totalttc montantttc "
    "totaalbedrag totaal importetotal totalfactura amounttotal invoiceamount totalinclvat "
    "totalincltax totalamount bruttosumme gesamtbrutto gesamtpreisbrutto auftragswert "
    "auftragssumme umsatz totalcommande montanttotal totaalinclbtw totalconiva totalpedido",
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
