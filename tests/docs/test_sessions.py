"""The sessions on the pages of docs/ print what is shown, on a mocked organization; other tests run the pages that they
name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts.documentation.markdown import blocks
from tests.docs.sessions import NOT_RUN, ROOT, Terminal
from tests.e2e.test_docs_of_meaning import PAGES as PAGES_OF_MEANING

pytestmark = pytest.mark.slow

DOCS = ROOT / "docs"
RUN_ELSEWHERE = {*PAGES_OF_MEANING, "output.md", "tutorial.md"}
"""tests/e2e/test_docs_of_meaning.py, tests/e2e/test_docs_of_output.py and tests/unit/test_readme.py."""
ON_THE_SAMPLE = "<!-- a session on the sample organization -->"


def has_a_session(page: Path) -> bool:
    found = blocks(page.read_text("utf-8"))
    return any(each.language == "console" and NOT_RUN.isdisjoint(each.marks) for each in found)


PAGES = [
    each.relative_to(DOCS).as_posix()
    for each in sorted(DOCS.rglob("*.md"))
    if has_a_session(each) and each.relative_to(DOCS).as_posix() not in RUN_ELSEWHERE
]


@pytest.mark.parametrize("page", PAGES)
def test_the_sessions_of_a_page(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("RECONCILER_SPEC", "RECONCILER_LOCK", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    text = (DOCS / page).read_text("utf-8")
    if ON_THE_SAMPLE in text:
        shutil.copy(ROOT / "org.yaml", tmp_path)
        shutil.copytree(ROOT / "policies", tmp_path / "policies")
    Terminal(monkeypatch, capsys).run_through(text)
