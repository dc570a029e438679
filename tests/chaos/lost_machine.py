"""A machine with its own network cable, which vanishes without a FIN when the cable is pulled.

It is a network namespace. Where none can be created the test is skipped, which fails in CI.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import IPv4Network
from itertools import count
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Reserved for network tests (RFC 2544); each machine has four of these addresses.
ADDRESSES = IPv4Network("198.18.0.0/15")

_numbers = count()


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


class Machine:
    """The server's end of the cable has `server_address`, the machine's end `address`."""

    def __init__(self) -> None:
        number = next(_numbers)
        place = (os.getpid() * 8 + number) % (ADDRESSES.num_addresses // 4) * 4
        self.server_address = str(ADDRESSES[place + 1])
        self.address = str(ADDRESSES[place + 2])
        self._name = f"billmill-test-{os.getpid()}-{number}"
        mark = f"{os.getpid():x}.{number}"
        self._servers_end, self._end = f"bms{mark}", f"bmm{mark}"
        self._processes: list[subprocess.Popen[str]] = []

    def start(self) -> None:
        """Connects the machine, or skips the test where that is not allowed."""
        if shutil.which("ip") is None:
            pytest.skip("the program ip of iproute2 is missing")
        try:
            ip("netns", "add", self._name)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"no network namespace can be made here: {error.stderr.strip()}")
        servers = ("link", "add", self._servers_end, "type", "veth")
        ip(*servers, "peer", "name", self._end, "netns", self._name)
        ip("addr", "add", f"{self.server_address}/30", "dev", self._servers_end)
        ip("link", "set", self._servers_end, "up")
        ip("-n", self._name, "addr", "add", f"{self.address}/30", "dev", self._end)
        ip("-n", self._name, "link", "set", self._end, "up")

    def run(
        self, module: str, *arguments: object, environ: Mapping[str, str]
    ) -> subprocess.Popen[str]:
        """Runs one of our modules on the machine, with pipes for its input and output."""
        process = subprocess.Popen(
            ["ip", "netns", "exec", self._name, sys.executable, "-m", module]
            + [str(argument) for argument in arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self._processes.append(process)
        return process

    def is_lost(self) -> None:
        """Cuts the machine off: the server keeps its end of the cable, but gets no answer."""
        ip("-n", self._name, "link", "set", self._end, "down")
        self._kill()

    def loses_server(self) -> None:
        """Cuts the server off: the machine gets no answer."""
        ip("link", "set", self._servers_end, "down")

    def remove(self) -> None:
        self._kill()
        for arguments in (("link", "del", self._servers_end), ("netns", "del", self._name)):
            with suppress(subprocess.CalledProcessError, FileNotFoundError):
                ip(*arguments)

    def _kill(self) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()
        self._processes.clear()
