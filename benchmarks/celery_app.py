"""A Celery task per order, the obvious way: `celery --app benchmarks.celery_app worker`.

A task is acknowledged after its work, so that none is lost. All other settings are the defaults.
"""

from celery import Celery

from benchmarks import obvious
from benchmarks.sending import send_job
from models.settings import current_settings

app = Celery("obvious", broker=current_settings().redis_url)
app.conf.task_acks_late = True


@app.task(name="invoice_order")
def invoice_order(organization_id: int, job_id: str, order_id: int) -> None:
    """One task, one transaction."""
    obvious.invoice_order(organization_id, job_id, order_id)


if __name__ == "__main__":
    send_job(invoice_order.delay)
