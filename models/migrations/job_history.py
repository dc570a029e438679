"""What the database itself records about a job: its processing time, and resets by SQL.

Triggers do this, no matter whether the application or an operator in psql changes the status.
"""

from __future__ import annotations

from alembic import op

# `clock_timestamp()`, because `now()` is the time at which the transaction began.
_COUNT_TIME = """
CREATE FUNCTION count_job_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'processing' THEN
        NEW.worked := OLD.worked + coalesce(clock_timestamp() - OLD.working_since, '0');
        NEW.working_since := NULL;
    END IF;
    IF NEW.status = 'processing' THEN
        NEW.working_since := clock_timestamp();
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER batch_job_queue_time BEFORE UPDATE OF status ON batch_job_queue FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION count_job_time()
"""

# Transactions of the application set an organisation, and write the entry themselves.
_NOTE_RESET = """
CREATE FUNCTION note_reset_by_sql() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('billmill.organization_id', true), '') = '' THEN
        INSERT INTO audit_log (organization_id, action, batch_job_id, details)
        VALUES (NEW.organization_id, 'job.reset', NEW.id,
                jsonb_build_object('by', 'sql', 'role', session_user, 'status', OLD.status));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER batch_job_queue_reset AFTER UPDATE OF status ON batch_job_queue FOR EACH ROW
    WHEN (NEW.status = 'pending' AND OLD.status <> 'pending') EXECUTE FUNCTION note_reset_by_sql()
"""


def count_time() -> None:
    """Adds up in `worked` how long a job was `processing`; sets `working_since` while it is."""
    op.execute(_COUNT_TIME)


def note_resets() -> None:
    """Adds an entry to the audit log when the operator's SQL resets a job."""
    op.execute(_NOTE_RESET)
