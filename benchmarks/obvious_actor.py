"""A Dramatiq actor per order, the obvious way: `dramatiq benchmarks.obvious_actor`."""

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from benchmarks import obvious
from benchmarks.sending import send_job
from models.settings import current_settings

dramatiq.set_broker(RedisBroker(url=current_settings().redis_url))


@dramatiq.actor(queue_name="obvious")
def invoice_order(organization_id: int, job_id: str, order_id: int) -> None:
    """One message, one transaction."""
    obvious.invoice_order(organization_id, job_id, order_id)


if __name__ == "__main__":
    send_job(invoice_order.send)
