"""Makes control characters in untrusted text visible, so that they cannot steer a terminal.

An order's number, a name, a file's name or a request's path may hold escape sequences, line ends,
or marks that reverse the reading direction. They are shown as Python and JSON write them:
`\\x1b`, `\\n`, `\\u202e`.
"""

import logging
import re

# C0 and DEL, C1, line and paragraph separator, the marks, embeddings, overrides and isolates that
# set the reading direction (Unicode's property Bidi_Control), and surrogates, which no encoding can
# write.
_STEERING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_SHORT = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


def visible(text: str) -> str:
    """The text in one line, with each control character written as its escape."""
    return _STEERING.sub(_escape, text)


def visible_lines(text: str) -> str:
    """Like `visible`, for text of several lines, such as a stack trace: keeps line ends and
    tabs."""
    return re.sub(r"[^\n\t]+", lambda part: visible(part[0]), text)


def visible_json(document: str) -> str:
    """JSON with these characters written as `\\u` escapes; the values stay the same.

    They can only occur inside strings, except for the line ends and tabs between values.
    """
    return re.sub(r"[^\n\t\r]+", lambda part: _STEERING.sub(_json_escape, part[0]), document)


class VisibleRecord(logging.LogRecord):
    """A log record whose text is visible, whichever formatter writes it."""

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
    """Applies this to every logger of the process, those of libraries included."""
    logging.setLogRecordFactory(VisibleRecord)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def _json_escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
