"""The pages of the site that are files of the repository, with their links as the site has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scripts.documentation.markdown import outside_fences, without_fences

LINK = re.compile(r"(?<=\]\()([^)\s]+)(?=\))")
CODE = re.compile(r"([a-z]\d{3})-")
"""The beginning of the name of a code's heading in docs/diagnostics.md; on the site it has a page of its own."""
COMMENT = re.compile(r"^<!--.*?-->\n|<!--.*?-->", re.S | re.M)
OTHER_PAGES = {
    "README.md": "readme.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "policies/README.md": "guardrails.md",
}
"""Pages outside of docs/, and what they are called on the site."""
LISTINGS = {"docs/iam": "iam.md", "docs/schemas": "schemas.md", "policies/tests": "guardrail-tests.md"}
"""Directories that pages link to, and the page of each."""
FILES = "files"
"""The folder of the source directory with what is linked to and is no page."""


@dataclass(frozen=True)
class Sources:
    """The Markdown files of a repository, by their paths in it, and the paths of their pages."""

    root: Path
    pages: dict[str, str]

    @classmethod
    def of(cls, root: Path) -> Sources:
        docs = root / "docs"
        listed = sorted(each.relative_to(docs).as_posix() for each in docs.rglob("*.md"))
        pages = {f"docs/{each}": re.sub(r"README\.md$", "index.md", each) for each in listed}
        return cls(root, pages | {each: page for each, page in OTHER_PAGES.items() if (root / each).is_file()})

    def text(self, source: str) -> str:
        """The page, with its links to pages and files of the site, and without hidden comments."""
        written = (self.root / source).read_text("utf-8")

        def for_the_site(part: str) -> str:
            return LINK.sub(lambda link: self._link(source, link[0]), COMMENT.sub("", part))

        return outside_fences(written, for_the_site)

    def files(self) -> Iterator[str]:
        """The files, by their paths in the repository, that pages link to and that are no pages."""
        found: set[str] = set()
        for source in self.pages:
            for link in LINK.findall(without_fences((self.root / source).read_text("utf-8"))):
                target = self._target(source, link)
                if target is not None and target not in self.pages and (self.root / target).is_file():
                    found.add(target)
        yield from sorted(found)

    def _target(self, source: str, link: str) -> str | None:
        """What of the repository a link leads to; `None` for the web, and for a place on the page itself."""
        file = link.partition("#")[0]
        if not file or re.match(r"[a-z]+:", link):
            return None
        return (self.root / source).parent.joinpath(file).resolve().relative_to(self.root).as_posix()

    def _link(self, source: str, link: str) -> str:
        target = self._target(source, link)
        if target is None:
            return link
        anchor = link.partition("#")[2]
        if target == "docs/diagnostics.md" and (code := CODE.match(anchor)):
            return relative(self.pages[source], f"diagnostics/{code[1].upper()}.md")
        if (self.root / target).is_dir() and target not in LISTINGS:
            target = f"{target}/README.md"
        place = self.pages.get(target) or LISTINGS.get(target) or f"{FILES}/{target}"
        return relative(self.pages[source], place) + (f"#{anchor}" if anchor else "")


def relative(page: str, place: str) -> str:
    """The link from a page to a place, both below the same directory."""
    up = len(PurePosixPath(page).parts) - 1
    return "../" * up + place
