"""What the program calls itself: in every request, and while a plan is applied with the beginning of its digest."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from reconciler.aws.boto import BotoApi
from reconciler.aws.sessions import AwsOptions
from reconciler.model.user_agent import OwnAgent, UserAgent, own_agent, version


class Server(HTTPServer):
    """An endpoint that answers every call with nothing, and keeps the user agents."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.agents: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Server)
        self.server.agents.append(self.headers["User-Agent"])
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_every_request_names_the_program_and_then_the_plan(server: Server) -> None:
    agent = UserAgent()
    api = BotoApi(AwsOptions(None, None, None, f"http://127.0.0.1:{server.server_port}"), agent)
    api.call("ListRoots", {})
    agent.applying("sha256:9f2c41aabbccddee")
    api.call("ListRoots", {})
    before, after = server.agents
    assert before.startswith("Boto3/")
    assert before.endswith(f" reconciler/{version()}")
    assert after.endswith(f" reconciler/{version()} plan/9f2c41aabbcc")
    assert (own_agent(before), own_agent(after)) == (OwnAgent(version(), None), OwnAgent(version(), "9f2c41aabbcc"))


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("[Boto3/1.44 reconciler/1.2.3 plan/9f2c41aabbcc]", OwnAgent("1.2.3", "9f2c41aabbcc")),
        ("[Boto3/1.44 reconciler/1.2.3]", OwnAgent("1.2.3", None)),
        ("reconciler/0.1.0.dev4+gabc.d20261126", OwnAgent("0.1.0.dev4+gabc.d20261126", None)),
        ("reconciler/1.2.3 plan/short", OwnAgent("1.2.3", None)),
        ("Boto3/1.44 reconciler", None),
        ("my-reconciler/1.0", None),
        ("AWS Internal", None),
        ("", None),
    ],
)
def test_own_requests_are_recognised(text: str, own: OwnAgent | None) -> None:
    assert own_agent(text) == own
