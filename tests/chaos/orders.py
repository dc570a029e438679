"""Makes orders in SQL, 2 % of them flawed, and records the expected outcome of each."""

from tests.chaos.machine import Machine

# The expected outcomes have their own schema, which the application cannot read.
_PREPARE = """
CREATE SCHEMA chaos;
CREATE TABLE chaos.orders (order_id bigint PRIMARY KEY, batch int NOT NULL, flaw text);
CREATE TABLE chaos.digits (currency text PRIMARY KEY, digits int);
INSERT INTO chaos.digits VALUES ('EUR', 2), ('JPY', 0), ('KWD', 3), ('USD', 2)
"""
_CUSTOMER = """
INSERT INTO customers (organization_id, customer_number, name, street, city, postal_code, country)
VALUES (%s, 'C1', 'Berglund & Söhne', 'Hafenweg 2', 'Hamburg', '20457', 'DE')
"""
_ORDERS = """
WITH customer AS (SELECT id, organization_id FROM customers WHERE customer_number = 'C1'),
planned AS (
    SELECT n,
           CASE WHEN n %% 50 = 17
                THEN (ARRAY['quantity_not_positive', 'order_not_confirmed', 'currency_unknown',
                            'order_without_lines', 'discount_out_of_range',
                            'unit_price_negative'])[1 + n / 50 %% 6] END AS flaw,
           (ARRAY['EUR', 'EUR', 'JPY', 'KWD', 'USD'])[1 + n %% 5] AS currency
    FROM generate_series(1, %(count)s) AS n
),
made AS (
    INSERT INTO orders (organization_id, order_number, order_date, customer_id, currency, status)
    SELECT organization_id, format('CH%%s-%%s', %(batch)s, to_char(n, 'FM00000')),
           date '2026-03-01' + n %% 90, customer.id,
           CASE flaw WHEN 'currency_unknown' THEN 'ZZZ' ELSE currency END,
           CASE flaw WHEN 'order_not_confirmed' THEN 'draft' ELSE 'confirmed' END
    FROM planned, customer
    RETURNING id, organization_id, order_number
),
known AS (
    INSERT INTO chaos.orders (order_id, batch, flaw)
    SELECT made.id, %(batch)s, flaw
    FROM made JOIN planned ON n = split_part(order_number, '-', 2)::int
    RETURNING order_id, flaw
)
INSERT INTO order_lines (organization_id, order_id, line_number, description, quantity,
                         unit_price, discount_percent, tax_category, tax_percent)
SELECT made.organization_id, order_id, line, 'Article ' || line,
       CASE WHEN flaw = 'quantity_not_positive' AND line = 2 THEN 0
            ELSE round((1 + random() * 20)::numeric, 3) END,
       CASE WHEN flaw = 'unit_price_negative' AND line = 3 THEN -1
            ELSE round((random() * 200)::numeric, 4) END,
       CASE WHEN flaw = 'discount_out_of_range' AND line = 1 THEN 120
            ELSE (ARRAY[0, 0, 10, 12.5])[1 + floor(random() * 4)] END,
       'S', (ARRAY[19, 7])[1 + floor(random() * 2)]
FROM known JOIN made ON made.id = order_id, generate_series(1, 3) AS line
WHERE flaw IS DISTINCT FROM 'order_without_lines'
"""


def prepare(machine: Machine, organization_id: int) -> None:
    """Makes the customer, and the schema of the expected outcomes."""
    machine.sql(_PREPARE)
    machine.sql(_CUSTOMER, organization_id)


def make_orders(machine: Machine, batch: int, count: int, seed: int) -> list[int]:
    """`count` orders of three lines; the same amounts for the same seed."""
    # `setseed` holds for its session.
    machine.transaction(
        ("SELECT setseed(%s)", ((seed * 31 + batch) % 1000 / 1000,)),
        (_ORDERS, {"count": count, "batch": batch}),
    )
    return [
        order_id
        for (order_id,) in machine.sql(
            "SELECT order_id FROM chaos.orders WHERE batch = %s ORDER BY order_id", batch
        )
    ]
