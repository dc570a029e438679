"""What can go wrong with the services we start ourselves."""


class ServiceError(Exception):
    """A PostgreSQL or Redis of our own cannot be started; the message says why and what to do."""


class PortTaken(ServiceError):
    """The port that a service is to have belongs to another program now."""
