"""The source of the site, without building it: links are those of the site, nothing is lost, nothing is loaded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.documentation.build import navigation, write_source
from scripts.documentation.markdown import without_fences
from scripts.documentation.sources import Sources
from scripts.pictures import IMAGES, drawn, pictures
from tests.docs.sessions import ROOT


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site") / "source"
    write_source(ROOT, target)
    return target


@pytest.mark.slow
class TestSource:
    def test_every_link_of_a_page_leads_to_a_file_of_the_site(self, source: Path) -> None:
        dead = [
            f"{page.relative_to(source)}: {link}"
            for page in source.rglob("*.md")
            for link in re.findall(r"\]\(([^)\s#]+)", without_fences(page.read_text("utf-8")))
            if not re.match(r"[a-z]+:", link) and not (page.parent / link).is_file()
        ]
        assert dead == []

    def test_every_page_of_the_documentation_is_there(self, source: Path) -> None:
        docs = {each.relative_to(ROOT / "docs") for each in (ROOT / "docs").rglob("*.md") if each.name != "README.md"}
        assert {each for each in docs if not (source / each).is_file()} == set()

    def test_hidden_comments_are_not_published(self, source: Path) -> None:
        assert not [page for page in source.rglob("*.md") if "<!--" in without_fences(page.read_text("utf-8"))]

    def test_the_navigation_has_every_page_once(self, source: Path) -> None:
        start = (source / "index.md").read_text("utf-8")
        entries = [
            line.rpartition("<")[2].rstrip(">")
            for tree in re.findall(r"```\{toctree\}\n(.*?)```", start, re.DOTALL)
            for line in tree.splitlines()
            if line and not line.startswith(":")
        ]
        assert len(entries) == len(set(entries))
        top = {each.relative_to(source).as_posix().removesuffix(".md") for each in source.glob("*.md")}
        assert top - {"index"} <= set(entries)


def test_a_new_page_is_added_to_the_guides() -> None:
    listed = {"Guides": ["one"], "Reference": ["Two <two>"]}
    assert navigation(listed, ["one", "two", "new", "diagnostics/E101", "index"]) == {
        "Guides": ["one", "new"],
        "Reference": ["Two <two>"],
    }


def test_a_listed_page_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="gone"):
        navigation({"Guides": ["gone"]}, ["one"])


def test_a_link_to_a_code_leads_to_its_page(tmp_path: Path) -> None:
    (tmp_path / "docs/concepts").mkdir(parents=True)
    (tmp_path / "docs/diagnostics.md").write_text("# Diagnostics\n")
    page = "[W520](../diagnostics.md#w520-an-ou) <!-- hidden -->\n```text\n[W520](../diagnostics.md#w520-an-ou)\n```\n"
    (tmp_path / "docs/concepts/one.md").write_text(page)
    assert Sources.of(tmp_path).text("docs/concepts/one.md") == (
        "[W520](../diagnostics/W520.md) \n```text\n[W520](../diagnostics.md#w520-an-ou)\n```\n"
    )


@pytest.mark.slow
def test_the_pictures_are_what_is_printed() -> None:
    found = dict(pictures())
    assert {each.name for each in IMAGES.glob("*.svg")} == found.keys()
    assert all((IMAGES / name).read_text("utf-8") == text for name, text in found.items())


def test_a_picture_loads_nothing_and_escapes_what_it_shows() -> None:
    picture = drawn("<title>", ["\x1b[1mname\x1b[0m <script>alert(1)</script> &", "  indented   text"])
    assert "<script" not in picture
    assert "&lt;script&gt;" in picture
    assert re.findall(r"(?:href|src|url\()[^>]*", picture) == []
