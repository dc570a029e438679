"""A buyer belongs to the order: its columns, and the functions that keep them complete.

An invoice is made out to the buyer of its order. The customer's record is an address book.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.migrations.row_security import protect_table

# A name is at most 300 characters long; what an operator may have inserted still fits into the key.
_LONGEST_NAME = 500

_TEXTS = ("name", "street", "city", "postal_code", "country")
_OPTIONAL_TEXTS = ("email", "vat_id")
_COLUMNS = (*_TEXTS, *_OPTIONAL_TEXTS)
# The indexes whose order has nothing to do with the order in which orders are stored.
_SCATTERED = ("orders_by_customer", "orders_by_date", "orders_by_status")


def add_columns() -> None:
    """Empty at first: adding a column without a default reads and writes no row."""
    for name in _COLUMNS:
        op.add_column("orders", sa.Column(f"buyer_{name}", sa.Text()))
    op.add_column("orders", sa.Column("expected_gross", sa.Numeric()))
    op.add_column(
        "orders", sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.create_check_constraint(
        "orders_expected_gross_bounded", "orders", "abs(expected_gross) < 1000000000000"
    )
    op.add_column("customers", sa.Column("as_of", sa.Date()))


def fill_existing_orders() -> None:
    """Gives each order the buyer that its invoice names, or else its customer as recorded now.

    One pass over the orders; invoices are only read. The indexes that it would write to all over
    are built anew behind it: of 2 million orders it then dirties 0.1 million pages, not 7 million.
    """
    indexes = _drop_indexes(*_SCATTERED)
    op.execute("SET LOCAL work_mem = '64MB'")
    values = ", ".join(
        f"buyer_{name} = CASE WHEN i.id IS NULL THEN c.{name} ELSE {_of_invoice(name)} END"
        for name in _COLUMNS
    )
    op.execute(
        f"UPDATE orders o SET {values} "
        "FROM orders stored JOIN customers c ON c.id = stored.customer_id "
        "LEFT JOIN invoices i ON i.order_id = stored.id WHERE o.id = stored.id"
    )
    for definition in indexes:
        op.execute(definition)
    for name in _TEXTS:
        op.alter_column("orders", f"buyer_{name}", nullable=False)
    op.execute(
        "UPDATE customers c SET as_of = newest.day FROM ("
        "SELECT customer_id, least(max(order_date), current_date) AS day "
        "FROM orders GROUP BY customer_id) AS newest WHERE newest.customer_id = c.id"
    )


def _drop_indexes(*names: str) -> list[str]:
    """Drops these indexes; returns the statements that create them again."""
    found = sa.text(
        "SELECT indexdef FROM pg_indexes "
        "WHERE schemaname = current_schema() AND indexname = ANY(:names)"
    )
    definitions = list(op.get_bind().scalars(found, {"names": list(names)}))
    for name in names:
        op.drop_index(name)
    return definitions


def create_names() -> None:
    """The table of customers' names, filled from the orders and kept so by triggers."""
    op.create_table(
        "customer_names",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "customer_id"],
            ["customers.organization_id", "customers.id"],
            name="customer_names_customer",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "customer_id", "name"),
    )
    op.execute(_insert_names("SELECT * FROM orders"))
    protect_table("customer_names")
    _create_triggers()


def _create_triggers() -> None:
    op.execute(_TAKE_BUYER)
    op.execute(
        "CREATE TRIGGER orders_take_buyer BEFORE INSERT ON orders "
        "FOR EACH ROW WHEN (NEW.buyer_name IS NULL) EXECUTE FUNCTION take_buyer_of_customer()"
    )
    added, changed = _insert_names("SELECT * FROM added"), _insert_names("SELECT NEW.*")
    op.execute(_function("note_names_of_added_orders", added))
    op.execute(_function("note_name_of_changed_order", changed))
    op.execute(
        "CREATE TRIGGER orders_note_names AFTER INSERT ON orders REFERENCING NEW TABLE AS added "
        "FOR EACH STATEMENT EXECUTE FUNCTION note_names_of_added_orders()"
    )
    # An UPDATE that sets neither column, such as that of an invoiced order, does not call it.
    op.execute(
        "CREATE TRIGGER orders_note_name AFTER UPDATE OF buyer_name, customer_id ON orders "
        "FOR EACH ROW WHEN (OLD.buyer_name IS DISTINCT FROM NEW.buyer_name "
        "OR OLD.customer_id <> NEW.customer_id) EXECUTE FUNCTION note_name_of_changed_order()"
    )


def _of_invoice(name: str) -> str:
    value = f"i.buyer ->> '{name}'"
    return f"coalesce({value}, '')" if name in _TEXTS else value


def _insert_names(orders: str) -> str:
    """In a fixed order, so that two imports wait for each other and cannot deadlock."""
    return (
        "INSERT INTO customer_names (organization_id, customer_id, name) "
        f"SELECT DISTINCT organization_id, customer_id, left(buyer_name, {_LONGEST_NAME}) "
        f"FROM ({orders}) AS o ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING"
    )


def _function(name: str, statement: str) -> str:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {statement}; RETURN NULL; END $$"
    )


# For programs that insert orders as they did before orders had a buyer.
_TAKE_BUYER = """
CREATE FUNCTION take_buyer_of_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT name, street, city, postal_code, country, email, vat_id
    INTO NEW.buyer_name, NEW.buyer_street, NEW.buyer_city, NEW.buyer_postal_code,
         NEW.buyer_country, NEW.buyer_email, NEW.buyer_vat_id
    FROM customers
    WHERE customers.organization_id = NEW.organization_id AND customers.id = NEW.customer_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'INSERT on orders is refused: there is no customer %', NEW.customer_id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NEW;
END $$
"""
