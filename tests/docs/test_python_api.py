"""The examples of docs/python-api.md run, one after the other, beside the sample organization."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts.documentation.markdown import blocks
from tests.docs.sessions import ROOT

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "python-api.md").read_text("utf-8")
EXAMPLES = [each.text for each in blocks(PAGE) if each.language == "python"]


def test_the_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(ROOT / "org.yaml", tmp_path)
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    monkeypatch.chdir(tmp_path)
    for number, example in enumerate(EXAMPLES):
        exec(compile(example, f"{PAGE}, example {number}", "exec"), {})  # noqa: S102  # of this repository
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "enable policy_type:ai_opt_out"
    assert printed[119:] == [
        "119 done, 0 failed",
        "conditional",
        "E101 cannot read `missing.yaml`: no such file or directory",
    ]
