"""What `dramatiq actors.worker` loads: the broker and the actors of the invoice queue."""

from actors.broker import broker
from actors.create_invoice import create_invoice

__all__ = ["broker", "create_invoice"]
