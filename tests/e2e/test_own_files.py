"""The program's own files lie beside the spec, wherever it is run from."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.applying.locks.local import local_lock
from tests.e2e.conftest import Program


@pytest.fixture
def below(program: Program, monkeypatch: pytest.MonkeyPatch) -> Program:
    """A directory below that of the spec."""
    Path("infra").mkdir()
    Path("infra", "org.yaml").write_text(Path("org.yaml").read_text())
    Path("org.yaml").unlink()
    return program


@pytest.mark.parametrize("by_environment", [False, True])
def test_a_mocked_organization_is_the_same_from_every_directory(
    below: Program, monkeypatch: pytest.MonkeyPatch, by_environment: bool
) -> None:
    if by_environment:
        monkeypatch.setenv("RECONCILER_SPEC", "infra/org.yaml")
    spec = () if by_environment else ("--spec", "infra/org.yaml")
    applied = below("apply", "--mock", "--auto-approve", *spec)
    assert applied.code == 0, applied.err
    assert not Path(".reconciler").exists()
    assert Path("infra/.reconciler/mock.json").is_file()
    assert [each.suffix for each in Path("infra/.reconciler/journal").iterdir()] == [".jsonl"]
    assert "Journal: infra/.reconciler/journal/" in applied.out
    monkeypatch.delenv("RECONCILER_SPEC", raising=False)
    monkeypatch.chdir("infra")
    assert below("plan", "--mock", "--detailed-exitcode").code == 0
    assert Path(".reconciler/mock.json").is_file()


def test_the_lock_is_the_same_from_every_directory(below: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    with local_lock(Path("infra/.reconciler/lock")):
        assert below("apply", "--mock", "--auto-approve", "--spec", "infra/org.yaml").code == 6
        monkeypatch.chdir("infra")
        assert below("unlock").code == 6
