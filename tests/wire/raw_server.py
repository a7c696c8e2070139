"""A server for tests of our HTTP client: it does what it is told, to the byte."""

import socket
import struct
import threading
import time
from contextlib import contextmanager


class Server:
    """Takes connections one after the other; each is given to the next behaviour.

    A behaviour is called with the connection once the whole request has been read.
    Requests are kept as text in ``requests``.
    """

    def __init__(self, *behaviours, wrap=None):
        self._behaviours = list(behaviours)
        self._wrap = wrap or (lambda connection: connection)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.requests = []
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        for behave in self._behaviours:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(
                target=self._handle, args=(connection, behave), daemon=True
            ).start()

    def _handle(self, connection, behave):
        try:
            with self._wrap(connection) as wrapped:
                self.requests.append(read_request(wrapped))
                behave(wrapped)
        except OSError:
            pass

    def close(self):
        self._listener.close()


@contextmanager
def serving(*behaviours, **options):
    server = Server(*behaviours, **options)
    try:
        yield server
    finally:
        server.close()


def read_request(connection):
    """The whole of one request, headers and body."""
    data = b""
    while b"\r\n\r\n" not in data:
        received = connection.recv(65536)
        if not received:
            return data.decode("latin-1")
        data += received
    head, _blank, body = data.partition(b"\r\n\r\n")
    headers = dict(
        line.lower().split(b": ", 1)
        for line in head.split(b"\r\n")[1:]
        if b": " in line
    )
    while len(body) < int(headers.get(b"content-length", 0)):
        body += connection.recv(65536)
    return (head + b"\r\n\r\n" + body).decode("latin-1")


def answer(status=200, body=b"", **headers):
    """Answer properly and close."""

    def behave(connection):
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
        lines += [f"{k.replace('_', '-')}: {v}" for k, v in headers.items()]
        head = "\r\n".join([*lines, "Connection: close", "", ""])
        connection.sendall(head.encode() + body)

    return behave


def send(data):
    """Send these bytes, whatever they are, and close."""
    return lambda connection: connection.sendall(data)


def hang(connection):
    """Say nothing for longer than anybody waits."""
    time.sleep(5)


def reset(connection):
    """Break the connection off."""
    linger = struct.pack("ii", 1, 0)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


def close(connection):
    """Hang up without a word."""


def drip(head, piece=b"x", pause=0.02):
    """Send ``head``, then ``piece`` by ``piece`` without an end."""

    def behave(connection):
        connection.sendall(head)
        for _ in range(500):
            connection.sendall(piece)
            time.sleep(pause)

    return behave


def closed_port():
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
