"""A line to a server that a test can cut, slow down or make deaf, whatever is encrypted on it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

CHUNK = 65536


class Proxy:
    """Passes everything on until told otherwise."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.port = int(self._listener.getsockname()[1])
        self.requests = 0  # messages from the client since the last `count`
        self.refuse = False  # whoever connects is sent away
        self.drip = 0.0  # seconds between one byte of an answer and the next
        self.hang = False  # nothing is passed on, and nothing is closed
        self.lose_answer_to: int | None = None  # this request arrives, its answer does not
        self.lose_request: int | None = None  # this one does not even arrive, and the line is cut
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def count(self) -> None:
        self.requests = 0

    def cut(self) -> None:
        """Close what is open, as a firewall does with what was idle for long."""
        while self._open:
            with contextlib.suppress(OSError):
                self._open.pop().close()

    def close(self) -> None:
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                if self.refuse:
                    client.close()
                    continue
                server = socket.create_connection(self._target)
            except OSError:
                return
            self._open += [client, server]
            threading.Thread(target=self._upwards, args=(client, server), daemon=True).start()
            threading.Thread(target=self._downwards, args=(client, server), daemon=True).start()

    def _upwards(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(CHUNK):
                self.requests += 1
                if self.requests == self.lose_request:
                    client.shutdown(socket.SHUT_RDWR)
                    break
                if not self.hang:
                    server.sendall(data)
            server.shutdown(socket.SHUT_RDWR)

    def _downwards(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(CHUNK):
                deaf = self.lose_answer_to is not None and self.requests >= self.lose_answer_to
                if self.hang or deaf:
                    continue
                for piece in (data[at : at + 1] for at in range(len(data))) if self.drip else (data,):
                    client.sendall(piece)
                    time.sleep(self.drip)
            client.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxy(host: str, port: int) -> Iterator[Proxy]:
    made = Proxy(host, port)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def deaf_server() -> Iterator[int]:
    """The port of a machine that takes no connection and refuses none, as behind a firewall that drops."""
    with socket.socket() as listener, contextlib.ExitStack() as queue:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        for _ in range(4):  # the queue of connections that nobody accepts is full now
            waiting = queue.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)
        yield int(address[1])
