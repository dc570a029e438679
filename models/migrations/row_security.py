"""Row-level security and append-only rules, as migrations put them on tables."""

from __future__ import annotations

from alembic import op

# A setting that was never set reads as NULL, and one that was reset as '': neither matches any row.
# As a scalar subquery it is read once per statement, not once per row.
_CURRENT = "(SELECT nullif(current_setting('billmill.organization_id', true), '')::bigint)"


def protect_table(table: str, *, owned_by: str = "organization_id") -> None:
    """Shows and admits only rows whose `owned_by` is the transaction's organisation."""
    _force(table)
    op.execute(
        f"CREATE POLICY one_organization ON {table} "
        f"USING ({owned_by} = {_CURRENT}) WITH CHECK ({owned_by} = {_CURRENT})"
    )


def protect_users() -> None:
    """Shows the users who are members of the transaction's organisation."""
    _force("users")
    op.execute(
        "CREATE POLICY one_organization ON users FOR SELECT USING (EXISTS ("
        "SELECT 1 FROM memberships m WHERE m.user_id = users.id "
        f"AND m.organization_id = {_CURRENT}))"
    )


def admit_crossing(table: str, purpose: str) -> None:
    """Lets transactions that were opened for `purpose` read every organisation's rows."""
    op.execute(
        f"CREATE POLICY crossing_{purpose} ON {table} FOR SELECT "
        f"USING ((SELECT current_setting('billmill.crossing', true)) = '{purpose}')"
    )


def refuse_change(table: str) -> None:
    """Refuses UPDATE, DELETE and TRUNCATE, for every role."""
    op.execute(
        f"CREATE TRIGGER {table}_never_changes BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def refuse_late_rows(table: str) -> None:
    """Refuses rows of an invoice that an earlier transaction issued."""
    op.execute(
        f"CREATE TRIGGER {table}_only_at_issue AFTER INSERT ON {table} "
        "REFERENCING NEW TABLE AS added "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_late_rows()"
    )


def create_functions() -> None:
    """The trigger functions that the rules above call."""
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% of % is refused: its rows never change', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    # The planner cannot know the number of rows, so only plans with an index are allowed.
    op.execute(
        """
        CREATE FUNCTION refuse_late_rows() RETURNS trigger LANGUAGE plpgsql
        SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
        BEGIN
            IF EXISTS (
                SELECT FROM added a JOIN invoices i
                    ON i.organization_id = a.organization_id AND i.id = a.invoice_id
                WHERE i.created_at <> transaction_timestamp()
            ) THEN
                RAISE EXCEPTION 'INSERT into % is refused: the invoice was issued before',
                    TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NULL;
        END $$
        """
    )


def _force(table: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    # The owner is the operator: migrations, psql and backups see all organisations.
    op.execute(f"CREATE POLICY operator ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")
