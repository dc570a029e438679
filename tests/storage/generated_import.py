"""Imports a generated file; prints the orders accepted and rejected, and the peak memory in MB.

Run as a program: `python -m tests.storage.generated_import ORGANIZATION_ID LINES QUANTITY`.
"""

import re
import sys
from pathlib import Path

from models.order_import.importer import import_orders
from tests.storage.orders_files import orders_file, row

LINES_PER_ORDER = 3
ORDERS_PER_PIECE = 100


class GeneratedFile:
    """Orders of three lines each, generated while they are read."""

    def __init__(self, lines: int, quantity: str) -> None:
        self._count = lines // (ORDERS_PER_PIECE * LINES_PER_ORDER)
        self._header, self._order = orders_file(
            row(order_number="NUMBER", line_number=str(line), quantity=quantity)
            for line in range(1, LINES_PER_ORDER + 1)
        ).split(b"\n", 1)
        self.seek(0)

    def seek(self, offset: int, /) -> int:
        """Begins the file again."""
        self._pieces = iter([self._header + b"\n", *range(self._count)])
        return offset

    def read(self, _size: int, /) -> bytes:
        """The next hundred orders, or nothing at the end."""
        piece = next(self._pieces, b"")
        if isinstance(piece, bytes):
            return piece
        first = piece * ORDERS_PER_PIECE
        numbers = (b"A-%08d" % number for number in range(first, first + ORDERS_PER_PIECE))
        return b"".join(self._order.replace(b"NUMBER", number) for number in numbers)


def peak_megabytes() -> int:
    """The peak memory of this program; `ru_maxrss` would include the process that started it."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)[0]) // 1024


if __name__ == "__main__":
    organization_id, lines, quantity = sys.argv[1:]
    report = import_orders(int(organization_id), GeneratedFile(int(lines), quantity))
    accepted = report.orders_created + report.orders_unchanged
    sys.stdout.write(f"{accepted} {report.orders_rejected} {peak_megabytes()}\n")
