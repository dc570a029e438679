"""Text of others on a terminal or in a log: what would steer the terminal is shown, not obeyed.

An order's number, a name, a file's name or a request's path may hold escape sequences, line ends,
or marks that turn the reading direction round. They are shown as Python and JSON write them:
`\\x1b`, `\\n`, `\\u202e`.
"""

import logging
import re

# C0 and DEL, C1, line and paragraph separator, bidirectional embeddings, overrides and isolates
# (Unicode Standard Annex 9), and surrogates, which no encoding can write.
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_SHORT = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


def visible(text: str) -> str:
    """The text in one line, with every character that steers shown as its escape."""
    return _STEERING.sub(_escape, text)


def visible_lines(text: str) -> str:
    """The same for text that has lines, such as a stack trace: their ends and tabs remain."""
    return re.sub(r"[^\n\t]+", lambda part: visible(part[0]), text)


def visible_json(document: str) -> str:
    """JSON in which these characters are written as `\\u` escapes: the same values.

    Serialized, they only stand inside strings, but for the spaces and line ends between values.
    """
    return re.sub(r"[^\n\t\r]+", lambda part: _STEERING.sub(_json_escape, part[0]), document)


class VisibleRecord(logging.LogRecord):
    """A line of a log, whoever formats it."""

    _exception: str | None = None

    def getMessage(self) -> str:
        """The message in one line."""
        return visible(super().getMessage())

    @property
    def exc_text(self) -> str | None:
        """The stack trace, once a formatter has made it."""
        return self._exception

    @exc_text.setter
    def exc_text(self, value: str | None) -> None:
        self._exception = value and visible_lines(value)


def keep_logs_visible() -> None:
    """From now on, in this process, for every logger: those of libraries too."""
    logging.setLogRecordFactory(VisibleRecord)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def _json_escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
