"""Each kind of the registry with each backend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.kinds import BY_KIND
from reconciler.kinds.base import Kind
from tests.kinds.examples import EXAMPLES, Example
from tests.kinds.world import Backend, InFile, OverHttp, World

BACKENDS: dict[str, Callable[[], Backend]] = {"file": lambda: InFile(), "http": lambda: OverHttp()}


@pytest.fixture(params=BACKENDS)
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An organization with what all examples have in common."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "RECONCILER_SPEC", "AWS_PROFILE", "AWS_ENDPOINT_URL", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    backend = BACKENDS[request.param]()
    made = World(backend, monkeypatch)
    made.apply()
    yield made
    backend.close()


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
