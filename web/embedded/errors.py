"""The errors of the services that we start ourselves."""


class ServiceError(Exception):
    """A PostgreSQL or Redis of our own cannot be started; the message says why and what to do."""


class PortTaken(ServiceError):
    """Another program uses the port of a service."""
