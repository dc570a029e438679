"""Many sockets on one job: `python -m benchmarks.watching_client PORT JOB TOKEN COUNT`.

It uses little CPU, which the server needs: it has one thread and reads only a frame's revision. It
prints a line of JSON when all sockets have their snapshot. A line on its standard input stops it;
it then prints what they received, in seconds of the monotonic clock.
"""

import json
import re
import selectors
import socket
import sys
import time

CONNECT_SECONDS = 60.0
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
_REVISION = re.compile(rb'"revision": ?(\d+)')


class Watcher:
    """One socket: sends its handshake, then only listens."""

    def __init__(self, address: tuple[str, int], handshake: bytes) -> None:
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex(address)
        self.handshake = handshake
        self.upgraded = False
        self.snapshots = 0
        self.revision = -1
        self.closed: int | None = None
        self._buffer = b""

    def begin(self) -> None:
        """Sends the handshake once the connection is open."""
        self.socket.send(self.handshake)

    def read(self) -> list[int]:
        """The new revisions that have arrived."""
        try:
            data = self.socket.recv(65536)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self.closed = self.closed or 1006
            return []
        self._buffer += data
        if not self.upgraded and not self._read_answer():
            return []
        return [revision for frame in self._frames() if (revision := self._handle(*frame))]

    def _read_answer(self) -> bool:
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return False
        if not head.startswith(b"HTTP/1.1 101"):
            raise RuntimeError(head.decode(errors="replace"))
        self.upgraded, self._buffer = True, rest
        return True

    def _frames(self) -> list[tuple[int, bytes]]:
        frames, data = [], self._buffer
        while len(data) >= 2:
            length, begin = data[1] & 127, 2
            if length > 125:
                begin = 4 if length == 126 else 10
                length = int.from_bytes(data[2:begin], "big")
            if len(data) < begin + length:
                break
            frames.append((data[0] & 15, data[begin : begin + length]))
            data = data[begin + length :]
        self._buffer = data
        return frames

    def _handle(self, opcode: int, payload: bytes) -> int | None:
        if opcode == PING:
            self.socket.send(bytes([0x80 | PONG, 0x80 | len(payload), 0, 0, 0, 0]) + payload)
        elif opcode == CLOSE:
            self.closed = int.from_bytes(payload[:2], "big")
        elif opcode == TEXT:
            if payload.startswith(b'{"type": "snapshot"'):
                self.snapshots += 1
            elif (found := _REVISION.search(payload)) and int(found[1]) > self.revision:
                self.revision = int(found[1])
                return self.revision
        return None


def watch(port: int, job_id: str, token: str, count: int) -> None:
    """Returns when a line arrives on the standard input, or all sockets are closed."""
    selector = selectors.DefaultSelector()
    handshake = (
        f"GET /ws/batch-jobs/{job_id} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Sec-WebSocket-Version: 13\r\nAuthorization: Bearer {token}\r\n\r\n"
    ).encode()
    began = time.monotonic()
    watchers = [Watcher(("127.0.0.1", port), handshake) for _ in range(count)]
    for watcher in watchers:
        selector.register(watcher.socket, selectors.EVENT_WRITE, watcher)
    selector.register(sys.stdin, selectors.EVENT_READ)
    ready = 0
    all_ready = False
    received: list[tuple[int, float]] = []
    while True:
        for key, mask in selector.select(1.0):
            if key.data is None:
                sys.stdin.readline()
                _finish(watchers, received)
                return
            watcher = key.data
            if mask & selectors.EVENT_WRITE:
                watcher.begin()
                selector.modify(watcher.socket, selectors.EVENT_READ, watcher)
                continue
            had = watcher.snapshots
            revisions = watcher.read()
            now = time.monotonic()
            received += [(revision, now) for revision in revisions]
            ready += had == 0 and watcher.snapshots > 0
            if watcher.closed:
                selector.unregister(watcher.socket)
        if ready == count and not all_ready:
            all_ready = True
            print(json.dumps({"seconds": time.monotonic() - began}), flush=True)
        if not all_ready and time.monotonic() - began > CONNECT_SECONDS:
            raise RuntimeError(f"{ready} of {count} sockets had their snapshot in time")


def _finish(watchers: list[Watcher], received: list[tuple[int, float]]) -> None:
    result = {
        "open": sum(watcher.closed is None for watcher in watchers),
        "received": received,
        "cpu_seconds": time.process_time(),
    }
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    watch(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
