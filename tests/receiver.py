"""A receiver of webhooks on the loopback interface."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


@dataclass
class Receiver:
    """What it got, and what it answers: the statuses in order, the last one again and again, with these headers."""

    answers: Sequence[int] = (200,)
    headers: dict[str, str] = field(default_factory=dict)
    port: int = 0
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/very-secret"

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, body in self.got]


class _Server(HTTPServer):
    receiver: Receiver


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, _Server)
        receiver = self.server.receiver
        status = receiver.answers[min(len(receiver.got), len(receiver.answers) - 1)]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(status)
        for name, value in receiver.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def receiving(*answers: int, **headers: str) -> Iterator[Receiver]:
    """A receiver that runs."""
    receiver = Receiver(answers or (200,), {name.replace("_", "-"): value for name, value in headers.items()})
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.receiver = receiver
        receiver.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
