"""The statements of `filling`: each computes its rows from an order's position.

An order's position n gives its customer, the customer gives country, currency and tax category, and
a line's number gives the rest. Orders and their invoices use the same expressions.
"""

from __future__ import annotations

_DAYS = 3 * 365

# The square makes a few customers frequent: the first of 2,000 has about 2 % of the orders.
_ORDER = f"""
    generate_series(%(first)s::bigint, %(last)s::bigint) AS place (n),
    LATERAL (SELECT
        current_date - {_DAYS} + (1 + (n - 1) * {_DAYS} / %(count)s)::int AS day,
        (power((hashint8extended(n, 1) & 1048575) / 1048576.0::float8, 2)
            * %(customers)s::int)::int %% %(customers)s::int AS c,
        hashint8extended(n, 2) & 1048575 AS luck) AS o,
    LATERAL (SELECT CASE
        WHEN c %% 20 = 17 THEN 'USD' WHEN c %% 20 = 18 THEN 'JPY' WHEN c %% 20 = 19 THEN 'KWD'
        ELSE 'EUR' END AS currency) AS m
"""
_LINE = f"""
    {_ORDER},
    generate_series(1, %(lines)s::int) AS l,
    LATERAL (SELECT hashint8extended(n * 100 + l, 3) & 1048575 AS x) AS h,
    LATERAL (SELECT
        'SKU-' || x %% 5000 AS sku,
        'Article ' || x %% 5000 AS description,
        CASE WHEN l = 1 AND luck %% 1000 < %(flawed_percent)s::float8 * 10 THEN 0
             ELSE 1 + x %% 20 END::numeric AS quantity,
        'C62' AS unit,
        ((x %% 49900 + 100) / 100.0)::numeric(12, 2) AS unit_price,
        (CASE WHEN x %% 10 = 0 THEN 5 ELSE 0 END)::numeric AS discount_percent,
        CASE WHEN c %% 20 >= 17 THEN 'G' WHEN c %% 20 >= 14 THEN 'K'
             WHEN c %% 20 = 13 AND l = 1 THEN 'E' ELSE 'S' END AS tax_category,
        (CASE WHEN c %% 20 >= 14 OR (c %% 20 = 13 AND l = 1) THEN 0
              WHEN l %% 3 = 0 THEN 7 ELSE 19 END)::numeric AS tax_percent) AS line
"""
_LINE_COLUMNS = """line_number, sku, description, quantity, unit, unit_price, discount_percent,
    tax_category, tax_percent"""
_LINE_VALUES = """l, sku, description, quantity, unit, unit_price, discount_percent,
    tax_category, tax_percent"""
_MINOR_UNITS = "CASE m.currency WHEN 'JPY' THEN 0 WHEN 'KWD' THEN 3 ELSE 2 END"
_CUSTOMER_NUMBER = "'B' || lpad(c::text, 5, '0')"

CUSTOMERS = f"""
    INSERT INTO customers (organization_id, customer_number, name, email, street, city,
                           postal_code, country, vat_id, payment_days)
    SELECT %(organization_id)s::bigint, {_CUSTOMER_NUMBER},
        (ARRAY['Berglund', 'Maier', 'Lacroix', 'Novak', 'Okafor', 'Tanaka', 'Silva'])[1 + c %% 7]
            || ' ' || (ARRAY['Trading', 'Foods', 'Machines', 'Textiles'])[1 + c %% 4] || ' ' || c,
        'buyer' || c || '@example.com', 'Hafenweg ' || c, 'Hamburg',
        lpad(c::text, 5, '0'), country,
        CASE WHEN c %% 20 BETWEEN 14 AND 16 THEN country || lpad(c::text, 11, '0') END,
        CASE WHEN c %% 3 = 0 THEN 14 END
    FROM generate_series(0, %(customers)s::int - 1) AS c,
        LATERAL (SELECT CASE WHEN c %% 20 BETWEEN 14 AND 16 THEN 'FR' WHEN c %% 20 = 17 THEN 'US'
            WHEN c %% 20 = 18 THEN 'JP' WHEN c %% 20 = 19 THEN 'KW' ELSE 'DE' END AS country) AS w
    ON CONFLICT (organization_id, customer_number) DO NOTHING
"""
CUSTOMER_NAMES = """
    INSERT INTO customer_names (organization_id, customer_id, name)
    SELECT organization_id, id, name FROM customers
    WHERE organization_id = %(organization_id)s::bigint
    ON CONFLICT DO NOTHING
"""
ORDERS = f"""
    INSERT INTO orders (id, organization_id, order_number, order_date, customer_id, currency,
        status, buyer_name, buyer_email, buyer_street, buyer_city, buyer_postal_code,
        buyer_country, buyer_vat_id)
    OVERRIDING SYSTEM VALUE
    SELECT %(before_order)s::bigint + n, %(organization_id)s::bigint,
        'SO-' || lpad((%(before_order)s::bigint + n)::text, 8, '0'), day, buyer.id, m.currency,
        %(status)s, buyer.name, buyer.email, buyer.street, buyer.city, buyer.postal_code,
        buyer.country, buyer.vat_id
    FROM {_ORDER}, customers buyer
    WHERE buyer.organization_id = %(organization_id)s AND buyer.customer_number = {_CUSTOMER_NUMBER}
"""
ORDER_LINES = f"""
    INSERT INTO order_lines (organization_id, order_id, {_LINE_COLUMNS})
    SELECT %(organization_id)s::bigint, %(before_order)s::bigint + n, {_LINE_VALUES} FROM {_LINE}
"""
INVOICE_LINES = f"""
    INSERT INTO invoice_lines (organization_id, invoice_id, {_LINE_COLUMNS}, net)
    SELECT %(organization_id)s::bigint, %(before_invoice)s::bigint + n, {_LINE_VALUES},
        round(quantity * unit_price * (100 - discount_percent) * 0.01, {_MINOR_UNITS})
    FROM {_LINE}
"""
# `net` has as many decimals as the currency: 0, 2 or 3.
INVOICE_TAXES = """
    INSERT INTO invoice_taxes (organization_id, invoice_id, category, percent, taxable, tax, reason)
    SELECT organization_id, invoice_id, tax_category, tax_percent, sum(net),
        round(sum(net) * tax_percent * 0.01, scale(min(net))),
        CASE tax_category
            WHEN 'E' THEN 'This supply is exempt from VAT.'
            WHEN 'K' THEN 'Intra-Community supply, exempt from VAT '
                || '(Directive 2006/112/EC, art. 138).'
            WHEN 'G' THEN 'Export outside the EU, exempt from VAT '
                || '(Directive 2006/112/EC, art. 146).'
        END
    FROM invoice_lines
    WHERE invoice_id BETWEEN %(before_invoice)s::bigint + %(first)s
                         AND %(before_invoice)s::bigint + %(last)s
    GROUP BY organization_id, invoice_id, tax_category, tax_percent
"""
# A year's numbers begin with the first position whose day is not before 1 January.
_YEAR = f"""
    LATERAL (SELECT extract(year FROM day)::int AS year) AS y,
    LATERAL (SELECT greatest(0, make_date(year, 1, 1) - (current_date - {_DAYS} + 1)) AS days) AS d,
    LATERAL (SELECT n - (days * %(count)s::bigint + {_DAYS} - 1) / {_DAYS} AS sequence) AS s
"""
INVOICES = f"""
    INSERT INTO invoices (id, organization_id, number, series, year, sequence, order_id,
        order_number, order_date, customer_id, customer_number, created_by, issue_date, due_date,
        payment_days, currency, net, tax, gross, seller, buyer)
    SELECT %(before_invoice)s::bigint + n, seller.id,
        %(series)s || '-' || year || '-'
            || lpad(sequence::text, greatest(6, length(sequence::text)), '0'),
        %(series)s, year, sequence, %(before_order)s::bigint + n,
        'SO-' || lpad((%(before_order)s::bigint + n)::text, 8, '0'), day, buyer.id,
        buyer.customer_number, author.user_id, day, day + payment.days, payment.days,
        m.currency, net, tax, net + tax,
        jsonb_build_object('name', seller.name, 'street', seller.street, 'city', seller.city,
            'postal_code', seller.postal_code, 'country', seller.country,
            'vat_id', seller.vat_id, 'email', NULL),
        jsonb_build_object('name', buyer.name, 'street', buyer.street, 'city', buyer.city,
            'postal_code', buyer.postal_code, 'country', buyer.country,
            'vat_id', buyer.vat_id, 'email', buyer.email)
    FROM {_ORDER}, {_YEAR}, customers buyer, organizations seller,
        (SELECT min(user_id) AS user_id FROM memberships
         WHERE organization_id = %(organization_id)s) AS author,
        (SELECT invoice_id, sum(taxable) AS net, sum(tax) AS tax FROM invoice_taxes
         WHERE invoice_id BETWEEN %(before_invoice)s::bigint + %(first)s
                              AND %(before_invoice)s::bigint + %(last)s
         GROUP BY invoice_id) AS amounts,
        LATERAL (SELECT coalesce(buyer.payment_days, seller.payment_days) AS days) AS payment
    WHERE buyer.organization_id = %(organization_id)s AND buyer.customer_number = {_CUSTOMER_NUMBER}
      AND seller.id = %(organization_id)s AND amounts.invoice_id = %(before_invoice)s::bigint + n
"""
SERIES_ROWS = """
    INSERT INTO number_series (organization_id, series, year, last_number, last_issue_date)
    SELECT organization_id, series, year, max(sequence), max(issue_date)
    FROM invoices WHERE organization_id = %(organization_id)s GROUP BY 1, 2, 3
"""
