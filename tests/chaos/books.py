"""Audits jobs, invoices and numbers in plain SQL, without the project's code."""

from tests.chaos.machine import Machine

# Each query finds rows that are wrong; no rows means that all is well.
_CHECKS = {
    "an order of a job has not ended": """
        SELECT job_id, order_id, status, attempts FROM batch_job_items
        WHERE status NOT IN ('succeeded', 'failed', 'cancelled')
    """,
    "the counters of a job differ from its items": """
        SELECT j.id, j.status, j.total_items, j.successful_items, j.failed_items,
               j.cancelled_items, i.*
        FROM batch_job_queue j, LATERAL (
            SELECT count(*) AS total, count(*) FILTER (WHERE status = 'succeeded') AS succeeded,
                   count(*) FILTER (WHERE status = 'failed') AS failed,
                   count(*) FILTER (WHERE status = 'cancelled') AS cancelled
            FROM batch_job_items WHERE job_id = j.id) i
        WHERE (j.total_items, j.successful_items, j.failed_items, j.cancelled_items, j.status)
           IS DISTINCT FROM (i.total::int, i.succeeded::int, i.failed::int, i.cancelled::int,
                             'completed')
    """,
    "an order has two invoices": """
        SELECT order_id, array_agg(number) FROM invoices GROUP BY order_id HAVING count(*) > 1
    """,
    "an order's status, item and invoice disagree": """
        SELECT o.id, o.status, i.status, v.number
        FROM orders o JOIN batch_job_items i ON i.order_id = o.id
             LEFT JOIN invoices v ON v.order_id = o.id
        WHERE (o.status = 'invoiced', i.status = 'succeeded', i.invoice_id IS NOT NULL)
           IS DISTINCT FROM (v.id IS NOT NULL, v.id IS NOT NULL, i.invoice_id IS NOT DISTINCT
                             FROM v.id AND v.id IS NOT NULL)
    """,
    "the numbers have a gap": """
        SELECT series, year, min(sequence), max(sequence), count(*), max(last_number)
        FROM invoices JOIN number_series USING (organization_id, series, year)
        GROUP BY organization_id, series, year
        HAVING min(sequence) <> 1 OR max(sequence) <> count(*) OR max(last_number) <> count(*)
            OR count(DISTINCT number) <> count(*)
    """,
    "an invoice is dated before an earlier number": """
        SELECT * FROM (
            SELECT number, issue_date, lag(issue_date) OVER (
                PARTITION BY organization_id, series ORDER BY year, sequence) AS earlier
            FROM invoices) dated
        WHERE issue_date < earlier
    """,
    "the failed orders and their reasons are not exactly the flawed orders and their flaws": """
        SELECT order_id, k.flaw, i.status, i.error_code
        FROM batch_job_items i JOIN chaos.orders k USING (order_id)
        WHERE k.flaw IS DISTINCT FROM i.error_code
    """,
    # EN 16931: line nets rounded and summed exactly, tax once per category and rate.
    "an invoice's amounts are not those of its order's lines": """
        WITH by_rate AS (
            SELECT l.order_id, d.digits, l.tax_category, l.tax_percent,
                   sum(round(l.quantity * l.unit_price * (100 - l.discount_percent) * 0.01,
                             d.digits)) AS net
            FROM order_lines l JOIN orders o ON o.id = l.order_id
                 JOIN chaos.digits d USING (currency)
            GROUP BY 1, 2, 3, 4
        ), by_order AS (
            SELECT order_id, sum(net) AS net,
                   sum(round(net * tax_percent * 0.01, digits)) AS tax
            FROM by_rate GROUP BY order_id
        )
        SELECT v.number, v.net, v.tax, v.gross, b.net, b.tax
        FROM invoices v LEFT JOIN by_order b USING (order_id)
        WHERE (v.net, v.tax, v.gross) IS DISTINCT FROM (b.net, b.tax, b.net + b.tax)
    """,
}


def examine(machine: Machine) -> None:
    """Checks that every order of every job ended as expected; an assertion names what is wrong."""
    for wrong, query in _CHECKS.items():
        found = machine.sql(query)
        assert not found, f"{wrong} ({len(found)} rows): {found[:5]}"
    invoiced = machine.sql("SELECT count(*) FROM invoices")[0][0]
    expected = machine.sql("SELECT count(*) FROM chaos.orders WHERE flaw IS NULL")[0][0]
    assert invoiced == expected > 0
