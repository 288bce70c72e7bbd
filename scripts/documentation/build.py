"""Builds the documentation site into site/: python scripts/documentation/build.py

The pages are those of docs/ and some of the repository's others, with their links as the site has them, and pages
that are made from the code: one for each diagnostic code, each JSON Schema and each module of the Python API. A warning
of Sphinx, such as a dead link or a missing anchor, fails the build. Nothing is loaded from elsewhere, and the search
works without a server.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from scripts.documentation.api_pages import api_pages  # noqa: E402  # a script's own directory is not the project's
from scripts.documentation.code_pages import code_pages  # noqa: E402
from scripts.documentation.markdown import fenced  # noqa: E402
from scripts.documentation.schema_pages import schema_files, schema_pages  # noqa: E402
from scripts.documentation.sources import FILES, LISTINGS, Sources  # noqa: E402

HERE = Path(__file__).parent
FOR_NEW_PAGES = "Guides"
_LISTED = {
    "docs/iam": ("Roles", "The trust policies and permissions of the roles, as `reconciler permissions` prints them."),
    "policies/tests": (
        "Tests of the guardrails",
        "The tests of the library of guardrails; `reconciler validate` runs them.",
    ),
}
_LANGUAGES = {".json": "json", ".yaml": "yaml"}


def pages(root: Path) -> Iterator[tuple[str, str]]:
    """Every page of the site but its start, by its path."""
    sources = Sources.of(root)
    for source, page in sources.pages.items():
        if page not in ("diagnostics.md", "index.md"):
            yield page, sources.text(source)
    yield from code_pages(root)
    yield from schema_pages(root)
    yield from api_pages(root)
    for folder, (title, sentence) in _LISTED.items():
        parts = [f"# {title}", sentence]
        for file in sorted((root / folder).iterdir()):
            parts += [f"## {file.name}", fenced(file.read_text("utf-8"), _LANGUAGES.get(file.suffix, "text"))]
        yield LISTINGS[folder], "\n\n".join(parts) + "\n"


def navigation(listed: Mapping[str, Sequence[str]], present: Sequence[str]) -> dict[str, list[str]]:
    """The sections with their pages. Raises `ValueError` for a listed page that does not exist."""
    named = [page.rpartition("<")[2].rstrip(">") for pages in listed.values() for page in pages]
    if missing := sorted(set(named) - set(present)):
        raise ValueError(f"nav.yaml has pages that do not exist: {', '.join(missing)}")
    below = ("adr/", "api/", "diagnostics/", "schemas/")
    new = sorted(each for each in present if each not in named and each != "index" and not each.startswith(below))
    return {title: [*pages, *(new if title == FOR_NEW_PAGES else ())] for title, pages in listed.items()}


def toctree(entries: Sequence[str], caption: str = "") -> str:
    """A table of contents that only the sidebar shows."""
    head = [":hidden:", ":maxdepth: 1", *([f":caption: {caption}"] if caption else [])]
    return "\n".join(["```{toctree}", *head, "", *entries, "```"]) + "\n"


def write_source(root: Path, target: Path) -> None:
    """The source directory of Sphinx."""
    texts = dict(pages(root))
    present = [each.removesuffix(".md") for each in texts]
    sections = navigation(yaml.safe_load((HERE / "nav.yaml").read_text("utf-8")), present)
    start = Sources.of(root).text("docs/README.md")
    texts["index.md"] = start + "\n" + "\n".join(toctree(each, title) for title, each in sections.items())
    for parent, folder in (
        ("schemas", "schemas"),
        ("python-api", "api"),
        ("adr/index", "adr"),
    ):
        below = sorted(each for each in present if each.startswith(f"{folder}/") and each != parent)
        entries = [each.rpartition("/")[2] if parent.startswith(f"{folder}/") else each for each in below]
        texts[f"{parent}.md"] += "\n" + toctree(entries)
    for page, text in texts.items():
        (target / page).parent.mkdir(parents=True, exist_ok=True)
        (target / page).write_text(text, "utf-8")
    linked = {*Sources.of(root).files(), *(each.relative_to(root).as_posix() for each in schema_files(root).values())}
    for file in linked:
        (target / FILES / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / file, target / FILES / file)


def main(arguments: Sequence[str]) -> int:
    from sphinx.cmd.build import build_main

    site = Path(arguments[0]) if arguments else ROOT / "site"
    shutil.rmtree(site, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        write_source(ROOT, source)
        options = ["-b", "html", "-q", "-W", "--keep-going", "-j", "auto", "-d", f"{folder}/doctrees", "-c", str(HERE)]
        code: int = build_main([*options, str(source), str(site)])
    if code == 0:
        (site / ".nojekyll").touch()
        print(f"The site is in {site}: open {site / 'index.html'}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
