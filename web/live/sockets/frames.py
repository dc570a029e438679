"""Events as WebSocket frames, each encoded once for all sockets that send it."""

from __future__ import annotations

import json

from web.live.events import Event

_KEPT = 100
_FINAL_TEXT = 0x81  # RFC 6455 section 5.2


class Frames:
    """The frames of the latest events.

    All sockets can send the same frame: a server does not mask its frames, and need not compress
    them even if compression was negotiated.
    """

    def __init__(self) -> None:
        # Keeping the event beside its frame makes sure that no other event gets its id.
        self._known: dict[int, tuple[Event, bytes]] = {}

    def frame(self, event: Event) -> bytes:
        """The event as one text frame."""
        known = self._known.get(id(event))
        if known is not None:
            return known[1]
        if len(self._known) >= _KEPT:
            self._known.clear()
        made = text_frame(json.dumps(event).encode())
        self._known[id(event)] = (event, made)
        return made


def text_frame(payload: bytes) -> bytes:
    """A whole message in one unmasked frame."""
    size = len(payload)
    if size < 126:
        head = bytes([_FINAL_TEXT, size])
    elif size < 65_536:
        head = bytes([_FINAL_TEXT, 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([_FINAL_TEXT, 127]) + size.to_bytes(8, "big")
    return head + payload
