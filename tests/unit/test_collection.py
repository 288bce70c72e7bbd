"""A command changes how often garbage is collected only while it runs."""

from __future__ import annotations

import gc

import pytest

from reconciler import cli


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), (["no-such-command"], 64)])
def test_collection_is_as_before_after_a_command(arguments: list[str], code: int) -> None:
    before = gc.get_threshold()
    assert cli.run(arguments) == code
    assert gc.get_threshold() == before
    assert gc.isenabled()


def test_collection_is_rare_while_a_command_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int, int]] = []
    monkeypatch.setattr(cli.program, "main", lambda **_: seen.append(gc.get_threshold()))
    before = gc.get_threshold()
    cli.run([])
    assert seen[0][0] > before[0]
