"""The consoles in docs/output.md show what is printed, of the organizations in `output_page/`.

A hidden comment makes another file the spec (`live`: and applies it to a new mocked organization; `saved`: and saves
its plan as plan.json), names the exit code, or the paragraphs that are shown, by their first words. Written again with
RECONCILER_GOLDEN=write.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.e2e.test_docs_of_meaning import printed

SPECS = Path(__file__).parent / "output_page"
PAGE = Path(__file__).parents[2] / "docs" / "output.md"
PART = re.compile(
    r"<!-- (?P<verb>live|spec|saved): (?P<spec>\S+) -->"
    r"|(?P<head>(?:<!-- (?:exit: (?P<code>\d+)|only: (?P<only>[^\n]*)) -->\n)*)(?P<fence>`{3,})console\n"
    r"(?P<console>.*?)(?P=fence)",
    re.S,
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("NO_COLOR", "FORCE_COLOR", "RECONCILER_SPEC"):
        monkeypatch.delenv(name, raising=False)


def as_it_is(part: re.Match[str]) -> str:
    """The part of the page, with its console as it is now."""
    if part["spec"] is not None:
        shutil.copy(SPECS / part["spec"], "org.yaml")
        if part["verb"] == "live":
            shutil.rmtree(".reconciler", ignore_errors=True)
            code, text = printed("apply --mock --auto-approve --quiet")
            assert code == 0, text
        if part["verb"] == "saved":
            code, text = printed("plan --mock --quiet --save plan.json --out plan.txt")
            assert code == 0, text
        return part[0]
    (line,) = [line for line in part["console"].splitlines() if line.startswith("$ reconciler ")]
    code, text = printed(line.removeprefix("$ reconciler "))
    assert code == int(part["code"] or 0), text
    shown = text if part["only"] is None else only(text, part["only"].split(" | "))
    return f"{part['head']}{part['fence']}console\n{line}\n{shown.rstrip()}\n{part['fence']}"


def only(text: str, beginnings: list[str]) -> str:
    """The paragraphs that begin with these words, in their order."""
    found = [each for each in re.split(r"\n{2,}", text) if any(map(each.lstrip().startswith, beginnings))]
    assert len(found) == len(beginnings), text
    return "\n\n".join(found)


def test_the_page_shows_what_is_printed() -> None:
    written = PAGE.read_text("utf-8")
    current = PART.sub(as_it_is, written)
    if os.environ.get("RECONCILER_GOLDEN") == "write":
        PAGE.write_text(current, "utf-8")
    assert PAGE.read_text("utf-8") == current


def test_every_example_is_run() -> None:
    blocks = re.findall(r"^`{3,}(\w*)$", PAGE.read_text("utf-8"), re.M)
    assert {each for each in blocks if each} == {"console"}
    assert blocks.count("console") > 10
