"""The foreign keys of `batch_job_items`, checked once per statement by triggers.

A foreign key runs a query for each row and locks what it finds, which takes three seconds for a job
of 200,000 orders. These triggers run one query per statement, and permit the same:

- added or changed items name a job, an order and an invoice of their own organisation, or the
  statement fails (`check_items`);
- an order that an item names cannot be deleted, and deleting a job deletes its items; neither
  changes its id or organisation while it has items, and an item stays with its job and order
  (`keep_what_items_name`). Invoices are never deleted.

A transaction that deletes an order or a job locks all items first. It waits for transactions that
add items, and these wait for it, so each sees what the other did. That holds in READ COMMITTED,
where every statement sees what was committed before it; other levels are refused.
"""

from __future__ import annotations

from alembic import op

# Row-level security shows the application no other organisation's rows. The planner cannot know the
# number of rows, so only plans with an index are allowed.
_BY_INDEX = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"

_CHECK_ITEMS = f"""
CREATE FUNCTION check_items() RETURNS trigger LANGUAGE plpgsql {_BY_INDEX} AS $$
DECLARE
    missing text;
BEGIN
    PERFORM refuse_old_snapshot();
    IF TG_OP = 'INSERT' THEN
        SELECT 'job ' || a.job_id INTO missing
        FROM (SELECT DISTINCT organization_id, job_id FROM added) a
        WHERE NOT EXISTS (SELECT FROM batch_job_queue j
                          WHERE j.organization_id = a.organization_id AND j.id = a.job_id)
        LIMIT 1;
        IF missing IS NULL THEN
            SELECT 'order ' || a.order_id INTO missing FROM added a
            WHERE NOT EXISTS (SELECT FROM orders o
                              WHERE o.organization_id = a.organization_id AND o.id = a.order_id)
            LIMIT 1;
        END IF;
    END IF;
    IF missing IS NULL THEN
        SELECT 'invoice ' || a.invoice_id INTO missing FROM added a
        WHERE a.invoice_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM invoices i
                          WHERE i.organization_id = a.organization_id AND i.id = a.invoice_id)
        LIMIT 1;
    END IF;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION '% on batch_job_items is refused: there is no %', TG_OP, missing
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$
"""
_REFUSE_OLD_SNAPSHOT = """
CREATE FUNCTION refuse_old_snapshot() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'items, and the orders and jobs they name, change in READ COMMITTED only'
            USING ERRCODE = 'feature_not_supported';
    END IF;
END $$
"""
_LOCK_ITEMS = """
CREATE FUNCTION lock_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_old_snapshot();
    LOCK TABLE batch_job_items IN SHARE ROW EXCLUSIVE MODE;
    RETURN NULL;
END $$
"""
_REFUSE_NAMED_ORDERS = """
CREATE FUNCTION refuse_named_orders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM removed r JOIN batch_job_items i
                   ON i.organization_id = r.organization_id AND i.order_id = r.id) THEN
        RAISE EXCEPTION 'DELETE of orders is refused: items of a batch job name them'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$
"""
_DELETE_ITEMS = """
CREATE FUNCTION delete_items_of_jobs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM batch_job_items i USING removed r
    WHERE i.organization_id = r.organization_id AND i.job_id = r.id;
    RETURN NULL;
END $$
"""
_REFUSE_NEW_IDENTITY = """
CREATE FUNCTION refuse_new_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME <> 'batch_job_items' THEN
        PERFORM refuse_old_snapshot();
        LOCK TABLE batch_job_items IN SHARE ROW EXCLUSIVE MODE;
        IF TG_TABLE_NAME = 'orders' THEN
            PERFORM FROM batch_job_items
            WHERE organization_id = OLD.organization_id AND order_id = OLD.id LIMIT 1;
        ELSE
            PERFORM FROM batch_job_items
            WHERE organization_id = OLD.organization_id AND job_id = OLD.id LIMIT 1;
        END IF;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
    END IF;
    RAISE EXCEPTION 'UPDATE of % is refused: items hang on id and organisation', TG_TABLE_NAME
        USING ERRCODE = 'foreign_key_violation';
END $$
"""


def check_items() -> None:
    """Refuses items that name a missing job, order or invoice."""
    op.execute(_REFUSE_OLD_SNAPSHOT)
    op.execute(_CHECK_ITEMS)
    for event in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER batch_job_items_checked_on_{event.lower()} "
            f"AFTER {event} ON batch_job_items REFERENCING NEW TABLE AS added "
            "FOR EACH STATEMENT EXECUTE FUNCTION check_items()"
        )
    op.execute(_REFUSE_NEW_IDENTITY)
    _keep_identity("batch_job_items", "organization_id", "job_id", "order_id")


def keep_what_items_name() -> None:
    """Refuses to delete orders that items name, and deletes a job's items with it."""
    op.execute(_LOCK_ITEMS)
    op.execute(_REFUSE_NAMED_ORDERS)
    op.execute(_DELETE_ITEMS)
    for table, function in (
        ("orders", "refuse_named_orders"),
        ("batch_job_queue", "delete_items_of_jobs"),
    ):
        op.execute(
            f"CREATE TRIGGER {table}_lock_items BEFORE DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION lock_items()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_named_by_items AFTER DELETE ON {table} "
            "REFERENCING OLD TABLE AS removed "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )
        _keep_identity(table, "organization_id", "id")


def _keep_identity(table: str, *columns: str) -> None:
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    op.execute(
        f"CREATE TRIGGER {table}_keeps_identity AFTER UPDATE OF {', '.join(columns)} ON {table} "
        f"FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new})) "
        "EXECUTE FUNCTION refuse_new_identity()"
    )
