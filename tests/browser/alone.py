"""Run a konvoi command in a process that can reach nothing but this computer; every try to is an error and is noted."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

LOOPBACK = ("127.", "localhost", "::1")


def shut_out(note: Path) -> None:
    """Make connections and look-ups of other computers impossible."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def refuse(name: object) -> None:
        if isinstance(name, str) and name and not name.startswith(LOOPBACK):
            with note.open("a") as file:
                file.write(f"{name}\n")
            raise OSError(f"{name}: no way out of this computer")

    def connect_near(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple):
            refuse(address[0])
        connect(self, address)

    def look_up_near(host: object, *args: object, **kwargs: object) -> object:
        refuse(host)
        return look_up(host, *args, **kwargs)

    socket.socket.connect = connect_near
    socket.getaddrinfo = look_up_near


if __name__ == "__main__":
    shut_out(Path(sys.argv[1]))
    from konvoi.cli import main

    raise SystemExit(main(sys.argv[2:]))
