"""Copies a file or the input, to make sure that it can be read to its end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import BinaryIO, cast

import click

_BLOCK_BYTES = 1024 * 1024


@contextmanager
def whole_file(file: BinaryIO) -> Iterator[BinaryIO]:
    """A copy of `file` on disk: an import must not start with a file that fails halfway.

    Raises `ClickException`. With a pipe, a failure of the program that writes it is not noticed.
    """
    with TemporaryFile() as copy:
        try:
            shutil.copyfileobj(file, copy, _BLOCK_BYTES)
            copy.seek(0)
        except OSError as error:
            reason = error.strerror or str(error)
            message = f"{file.name} could not be read to its end ({reason}); nothing was imported."
            raise click.ClickException(message) from error
        yield cast("BinaryIO", copy)
