"""Every page of the documentation: its links, its examples of commands, and its pieces of specs."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
import yaml

from reconciler.cli import COMMANDS, program
from reconciler.errors import SpecInvalid
from reconciler.spec.schema import Spec
from reconciler.use_cases.load_spec import load_spec
from scripts.documentation.markdown import Block, blocks, without_fences
from tests.docs.sessions import NOT_RUN, ROOT

PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "policies").rglob("*.md")),
]
IDS = [str(each.relative_to(ROOT)) for each in PAGES]
OF_MISTAKES = "docs/diagnostics.md"
SPEC_KEYS = frozenset(Spec.model_fields)
OF_THE_SHAPE = re.compile(r"E[12]\d\d")
NOT_THERE = {"E101"}
"""Files that a piece of a spec names are not on the page."""
_WORD = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_link_leads_somewhere(page: Path) -> None:
    """To a file of this repository, and to a heading of it where one is named."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", without_fences(page.read_text("utf-8"))):
        file, _, heading = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        place = (page.parent / file).resolve() if file else page
        inside = place.is_relative_to(ROOT) and place.exists()
        if not inside or (heading and heading not in anchors(place)):
            broken.append(target)
    assert broken == []


def anchors(page: Path) -> set[str]:
    """The headings of a page as GitHub names them in links."""
    headings = re.findall(r"^#+ (.*)$", without_fences(page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_session_is_run_or_says_why_not(page: Path) -> None:
    for each in blocks(page.read_text("utf-8")):
        if re.search(r"^\$ (reconciler|python -m reconciler)", each.text, re.MULTILINE):
            assert each.language == "console", f"line {each.line}: a session is marked `console`"
        if each.language == "console":
            assert set(each.marks) <= NOT_RUN, f"line {each.line}"


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_command_has_its_options(page: Path) -> None:
    wrong = [
        f"line {each.line}: {line}"
        for each in blocks(page.read_text("utf-8"))
        if each.language in ("", "sh", "console")
        for line in each.text.splitlines()
        if (typed := re.match(r"(?:\$ )?reconciler +(?P<command>[a-z]+)(?P<rest>.*)", line))
        and not is_known(typed["command"], typed["rest"])
    ]
    assert wrong == []


def is_known(name: str, rest: str) -> bool:
    """Whether there is the command, and every option that is written after it."""
    if name not in COMMANDS:
        return False
    context = click.Context(program)
    command = program.get_command(context, name)
    assert command is not None
    known = {option for each in (*command.params, *program.params) for option in (*each.opts, *each.secondary_opts)}
    typed = re.sub(r"(\"|').*?\1", "", rest.partition(" #")[0].partition("|")[0])
    return set(_WORD.findall(typed)) <= known | {"--help"}


def test_an_option_that_does_not_exist_is_found() -> None:
    assert is_known("plan", ' --save plan.json --target "ou:--nothing/**" # --no-such')
    assert not is_known("plan", " --sav plan.json")
    assert not is_known("plam", "")


SPECS = [
    pytest.param(each, id=f"{page.relative_to(ROOT)}:{each.line}")
    for page in PAGES
    if str(page.relative_to(ROOT)) != OF_MISTAKES
    for each in blocks(page.read_text("utf-8"))
    if each.language == "yaml"
]


@pytest.mark.parametrize("block", SPECS)
def test_every_piece_of_a_spec_has_the_shape_of_one(block: Block, tmp_path: Path) -> None:
    """References to what the page does not show are not judged."""
    written = yaml.safe_load(block.text)
    if isinstance(written, list) and all("expect" in each for each in written):
        written = {"tests": written}
    if not isinstance(written, dict) or not SPEC_KEYS & written.keys():
        return
    spec = {"version": 1, "root": {}, **written}
    spec.pop("include", None)
    (tmp_path / "org.yaml").write_text(yaml.safe_dump(spec, sort_keys=False), "utf-8")
    try:
        load_spec(tmp_path / "org.yaml", tests=False)
    except SpecInvalid as error:
        found = [each for each in error.diagnostics if OF_THE_SHAPE.match(each.code) and each.code not in NOT_THERE]
        assert [f"{each.code} {each.message}" for each in found] == []
