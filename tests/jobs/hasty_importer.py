"""For `dramatiq tests.jobs.hasty_importer`: an importer with small batches and slices, whose
successor soon notices that it was killed."""

import models.order_import.orders_file
from actors import import_orders
from actors.import_worker import broker

__all__ = ["broker"]

broker.heartbeat_timeout = 1_000  # milliseconds; ten times as long in production
models.order_import.orders_file.BATCH_ORDERS = 20
import_orders.SLICE_SECONDS = 0.2
