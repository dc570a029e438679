"""What can go wrong with the services we start ourselves."""


class ServiceError(Exception):
    """A PostgreSQL or Redis of our own cannot be started; the message says why and what to do."""
