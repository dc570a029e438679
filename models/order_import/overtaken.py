"""The outcome of a batch that another import has overtaken."""


class Overtaken(Exception):
    """Another import has just stored the same order or customer; the batch must be tried again."""
