"""A working directory with a small spec, the program as a function, and a moto server over HTTP."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from reconciler.cli import run

SPEC = """\
version: 1
policies:
  deny-leaving:
    type: scp
    description: Accounts cannot leave
    content:
      Version: "2012-10-17"
      Statement: [{Sid: DenyLeaving, Effect: Deny, Action: "organizations:LeaveOrganization", Resource: "*"}]
  team-tag:
    type: tag
    content: {tags: {team: {tag_key: {"@@assign": team}}}}
    tags: {owner: platform}
root:
  policies: [deny-leaving]
  organizational_units:
    Workloads:
      tags: {stage: all}
      organizational_units:
        Production:
          policies: [team-tag]
          accounts:
            shop-prod: {email: shop-prod@example.com, tags: {team: shop}}
    Sandbox:
      accounts:
        sandbox-a: {email: sandbox-a@example.com}
"""


@dataclass(frozen=True)
class Ran:
    """How a command line ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


Program = Callable[..., Ran]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Runs a command line in a directory with `org.yaml`."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "RECONCILER_SPEC", "AWS_PROFILE", "AWS_ENDPOINT_URL", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "org.yaml").write_text(SPEC)

    def ran(*args: str) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            monkeypatch.setattr(sys, "stdin", io.StringIO())
            code = run(args)
        return Ran(code, out.getvalue(), err.getvalue())

    return ran


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A moto server with a new organization; gives a boto3 client, as the AWS CLI would use it."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    _, port = running.get_host_and_port()
    url = f"http://127.0.0.1:{port}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST")).close()
    client = boto3.client("organizations", endpoint_url=url, region_name="us-east-1")
    client.create_organization(FeatureSet="ALL")
    yield client
    client.close()
    running.stop()
