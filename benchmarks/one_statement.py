"""One SQL statement that invoices every order of a job: a lower bound for the database's work.

It writes the same rows under the same constraints, triggers and row-level security, with the same
arithmetic, and validates nothing.
"""

import json
import time

import psycopg

from benchmarks.services import Database, Organization
from models.invoices.numbers_and_dates import SERIES
from models.invoicing.currency import MINOR_UNITS
from models.invoicing.tax_category import TAX_CATEGORIES

# The planner estimates one row for a new job and a few for a WITH query, so it would choose nested
# loops.
_SETTINGS = """
SELECT set_config('billmill.organization_id', %s, false),
       set_config('enable_nestloop', 'off', false), set_config('work_mem', '64MB', false)
"""
_STATEMENT = """
WITH item AS MATERIALIZED (
    SELECT o.id AS order_id, nextval('invoices_id_seq') AS invoice_id, i.place, o.order_number,
           o.order_date, o.currency, (%(minor_units)s::jsonb ->> o.currency)::int AS digits,
           c.id AS customer_id, c.customer_number,
           coalesce(c.payment_days, s.payment_days) AS payment_days,
           jsonb_build_object('name', s.name, 'street', s.street, 'city', s.city,
               'postal_code', s.postal_code, 'country', s.country, 'vat_id', s.vat_id,
               'email', NULL) AS seller,
           jsonb_build_object('name', o.buyer_name, 'street', o.buyer_street, 'city', o.buyer_city,
               'postal_code', o.buyer_postal_code, 'country', o.buyer_country,
               'vat_id', o.buyer_vat_id, 'email', o.buyer_email) AS buyer
    FROM (SELECT order_id, row_number() OVER (ORDER BY position) AS place FROM batch_job_items
          WHERE job_id = %(job_id)s AND status = 'pending' ORDER BY position) i
         JOIN orders o ON o.id = i.order_id AND o.status = 'confirmed'
         JOIN customers c ON c.id = o.customer_id
         CROSS JOIN organizations s WHERE s.id = %(organization_id)s
), series AS (
    INSERT INTO number_series AS n (organization_id, series, year, last_number, last_issue_date)
    SELECT %(organization_id)s, %(series)s, extract(year FROM current_date), count(*), current_date
    FROM item
    ON CONFLICT (organization_id, series, year) DO UPDATE
    SET last_number = n.last_number + excluded.last_number,
        last_issue_date = greatest(n.last_issue_date, excluded.last_issue_date)
    RETURNING year, last_number - (SELECT count(*) FROM item) AS before, last_issue_date AS day
), line AS MATERIALIZED (
    SELECT item.invoice_id, item.digits, l.line_number, l.sku, l.description, l.quantity, l.unit,
           l.unit_price, l.discount_percent, l.tax_category, l.tax_percent,
           round(l.quantity * l.unit_price * (100 - l.discount_percent) * 0.01, item.digits) AS net
    FROM item JOIN order_lines l ON l.order_id = item.order_id
), tax AS MATERIALIZED (
    SELECT invoice_id, tax_category, trim_scale(tax_percent) AS percent, sum(net) AS taxable,
           round(sum(net) * trim_scale(tax_percent) * 0.01, min(digits)) AS tax
    FROM line GROUP BY invoice_id, tax_category, trim_scale(tax_percent)
), invoice AS (
    INSERT INTO invoices (id, organization_id, number, series, year, sequence, order_id,
        order_number, order_date, customer_id, customer_number, batch_job_id, created_by,
        issue_date, due_date, payment_days, currency, net, tax, gross, seller, buyer)
    SELECT item.invoice_id, %(organization_id)s,
        %(series)s || '-' || year || '-' || lpad((before + place)::text,
                                                 greatest(6, length((before + place)::text)), '0'),
        %(series)s, year, before + place, order_id, order_number, order_date, customer_id,
        customer_number, %(job_id)s, %(user_id)s, day, day + payment_days, payment_days, currency,
        sums.net, sums.tax, sums.net + sums.tax, seller, buyer
    FROM item CROSS JOIN series JOIN (
        SELECT invoice_id, sum(taxable) AS net, sum(tax) AS tax FROM tax GROUP BY invoice_id
    ) sums ON sums.invoice_id = item.invoice_id
), written_lines AS (
    INSERT INTO invoice_lines (organization_id, invoice_id, line_number, sku, description,
        quantity, unit, unit_price, discount_percent, tax_category, tax_percent, net)
    SELECT %(organization_id)s, invoice_id, line_number, sku, description, quantity, unit,
           unit_price, discount_percent, tax_category, tax_percent, net FROM line
), written_taxes AS (
    INSERT INTO invoice_taxes (organization_id, invoice_id, category, percent, taxable, tax, reason)
    SELECT %(organization_id)s, invoice_id, tax_category, percent, taxable, tax,
           %(reasons)s::jsonb ->> tax_category FROM tax
), marked AS (
    UPDATE orders SET status = 'invoiced', revision = revision + 1
    FROM item WHERE orders.id = item.order_id
), ended AS (
    UPDATE batch_job_items i
    SET status = 'succeeded', attempts = 1, invoice_id = item.invoice_id, ended_at = now()
    FROM item WHERE i.job_id = %(job_id)s AND i.order_id = item.order_id
)
UPDATE batch_job_queue SET status = 'completed', started_at = now(), completed_at = now(),
    successful_items = successful_items + (SELECT count(*) FROM item), revision = revision + 1
WHERE id = %(job_id)s
"""


def invoice_all(database: Database, organization: Organization, job_id: str) -> float:
    """Invoices a stored job's orders; returns the seconds that statement and commit took."""
    parameters = {
        "organization_id": organization.id,
        "user_id": organization.user_id,
        "job_id": job_id,
        "series": SERIES,
        "minor_units": json.dumps(dict(MINOR_UNITS)),
        "reasons": json.dumps({code: kind.reason for code, kind in TAX_CATEGORIES.items()}),
    }
    with psycopg.connect(database.app_url) as connection:
        connection.execute(_SETTINGS, [str(organization.id)])
        connection.commit()
        began = time.monotonic()
        connection.execute(_STATEMENT, parameters)
        connection.commit()
        return time.monotonic() - began
