"""Each kind of the registry with each backend.

What the transport can change (parameters, answers, names and errors of calls) is tested with both backends; what is
decided above it only with the mock in process (`in_process`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.aws.retrying import SystemClock
from reconciler.kinds import BY_KIND
from reconciler.kinds.base import Kind
from reconciler.mock.clock import VirtualClock
from tests.kinds.examples import EXAMPLES, Example
from tests.kinds.world import Backend, InFile, OverHttp, World

BACKENDS: dict[str, Callable[[], Backend]] = {"file": InFile, "http": OverHttp}


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Backend]:
    """An organization in an empty working directory; time is virtual."""
    monkeypatch.chdir(tmp_path)
    clock = VirtualClock()
    monkeypatch.setattr(SystemClock, "now", lambda self: clock.now())
    monkeypatch.setattr(SystemClock, "sleep", lambda self, seconds: clock.sleep(seconds))
    made = BACKENDS[request.param]()
    yield made
    made.close()


@pytest.fixture
def world(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> World:
    """An organization with what all examples have in common."""
    for name in ("NO_COLOR", "FORCE_COLOR", "RECONCILER_SPEC", "AWS_PROFILE", "AWS_ENDPOINT_URL", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    made = World(backend, monkeypatch)
    made.apply()
    return made


@pytest.fixture(params=EXAMPLES)
def name(request: pytest.FixtureRequest) -> str:
    """The name of a kind."""
    found: str = request.param
    return found


@pytest.fixture
def example(name: str) -> Example:
    return EXAMPLES[name]


@pytest.fixture
def kind(name: str) -> Kind:
    return BY_KIND[name]
