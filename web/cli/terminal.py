"""All output of the commands goes through here: stored text must not control the terminal."""

import json
import sys
import traceback
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

import click

from models.visible_text import keep_logs_visible, visible, visible_json, visible_lines
from web.embedded.full_disk import ignore_full_disk


class Styled(str):
    """A line whose text is visible already, with our own colours."""


def styled(line: str, **style: Any) -> Styled:
    """The line in a colour or weight, as `click.style` names them."""
    return Styled(click.style(visible(line), **style))


def say(*lines: str, err: bool = False) -> None:
    """Prints each line, to stderr with `err`."""
    shown = (line if isinstance(line, Styled) else visible(line) for line in lines)
    click.echo("\n".join(shown), err=err)


def say_if_there_is_room(line: str) -> None:
    """Prints a line, and ignores the error if the output is a file on a full disk."""
    with ignore_full_disk():
        say(line)


def say_json(document: Any, *, indent: int | None = None, default: Any = None) -> None:
    """Prints the document as JSON."""
    click.echo(json_text(document, indent=indent, default=default))


def say_json_list(items: Iterable[Any]) -> None:
    """Prints the items in the shape of the API's lists, one by one: there may be very many."""
    click.echo('{"items": [', nl=False)
    for place, item in enumerate(items):
        click.echo((", " if place else "") + json_text(item), nl=False)
    click.echo('], "next": null}')


def json_text(
    document: Any, *, indent: int | None = None, default: Callable[[Any], Any] | None = None
) -> str:
    """The document as JSON that is safe to show on a terminal."""
    return visible_json(json.dumps(document, ensure_ascii=False, indent=indent, default=default))


def guard_terminal() -> None:
    """Prevents logs and the trace of an unexpected error from controlling the terminal."""
    keep_logs_visible()
    sys.excepthook = _show_trace


def _show_trace(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    shown = "".join(traceback.format_exception(kind, error, trace))
    sys.stderr.write(visible_lines(shown))
