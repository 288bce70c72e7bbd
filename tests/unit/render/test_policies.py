"""The documentation of guardrails in its formats: as files to read, and no name, however hostile, leaves its place.

The files in golden_policies/ are written anew with RECONCILER_GOLDEN=write.
"""

from __future__ import annotations

import base64
import hashlib
import json as stdlib_json
import os
import re
import unicodedata
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pydantic import ValidationError

from reconciler.model.base import Source
from reconciler.model.guardrail import Guardrail, Guardrails, GuardrailStatement, Setting
from reconciler.render import html, json
from reconciler.render.markdown.policies_markdown import policies as markdown
from reconciler.render.safe import safe
from reconciler.render.text.policies_text import policies as text
from tests.unit.render.more_samples import HOSTILE

GOLDEN = Path(__file__).parent / "golden_policies"

REGIONS = Guardrail(
    key="deny-regions",
    id="p-2kgnabcd",
    type="scp",
    name="region-lock",
    anchors=("deny-regions", "p-2kgnabcd"),
    purpose="Nothing runs outside of Europe",
    statements=(
        GuardrailStatement(
            name="DenyOutsideEurope",
            effect="Deny",
            actions=("iam:*", *(f"global{number:02d}:*" for number in range(30))),
            all_but_actions=True,
            conditions=("aws:RequestedRegion is none of eu-central-1, eu-west-1",),
            exempt=("role org/break-glass", "role org/automation of account security-tooling"),
            source=Source(file="policies/scp/deny-regions.json.j2", line=7),
        ),
        GuardrailStatement(
            name="statement 2",
            effect="Deny",
            actions=("ec2:RunInstances",),
            resources=("arn:aws:ec2:*:*:instance/*",),
            conditions=("ec2:InstanceType is like p*", "ec2:InstanceType is present"),
        ),
    ),
    attached_to=("root:/", "account:lab", "ou:Workloads"),
    units=("Workloads", "Workloads/Production"),
    accounts=tuple(f"shop-{number:02d}" for number in range(30)),
    size=1_153,
    max_size=10_240,
    source=Source(file="org.yaml", line=81),
)
ALLOW = Guardrail(
    key="allow-list",
    type="scp",
    name="allow-list",
    anchors=("allow-list",),
    statements=(GuardrailStatement(name="All", effect="Allow", actions=("*",)),),
)
TAGS = Guardrail(
    key="cost-tags",
    type="tag",
    name="cost-tags",
    anchors=("cost-tags",),
    settings=(Setting(path="tags.cost.tag_value", values=("1000", "9*")),),
    attached_to=("root:/",),
    units=("Workloads",),
    accounts=("shop",),
    size=84,
)
SAMPLE = Guardrails(organization="o-a1b2c3d4e5", policies=(ALLOW, REGIONS, TAGS))
EMPTY = Guardrails()

NASTY = Guardrails(
    organization=HOSTILE[0],
    policies=tuple(
        Guardrail(
            key=name, id=name, type=kind, name=f"{name}x", anchors=(f"a{order}-{index}", f"p-{order}-{index}"),
            purpose=name,
            statements=(
                GuardrailStatement(
                    name=name, effect="Deny", actions=HOSTILE * 3, resources=HOSTILE, conditions=HOSTILE,
                    exempt=HOSTILE, source=Source(file=name, line=1),
                ),
            ),
            settings=(Setting(path=name, values=HOSTILE),),
            attached_to=tuple(f"ou:{each}" for each in HOSTILE), units=HOSTILE, accounts=HOSTILE * 3,
            size=3, max_size=9, source=Source(file=name, line=2),
        )
        for order, kind in enumerate(("scp", "tag", HOSTILE[1]))
        for index, name in enumerate(HOSTILE)
    ),
)  # fmt: skip

CASES = {
    "policies.80.txt": lambda: text(SAMPLE, width=80, color=False),
    "policies.md": lambda: markdown(SAMPLE),
    "policies.html": lambda: html.policies(SAMPLE),
    "policies.json": lambda: json.dumps(SAMPLE),
    "empty.md": lambda: markdown(EMPTY),
    "empty.html": lambda: html.policies(EMPTY),
}


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_it_was_reviewed(name: str) -> None:
    made, file = CASES[name](), GOLDEN / name
    if os.environ.get("RECONCILER_GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(made, encoding="utf-8")
    assert made == file.read_text(encoding="utf-8")
    assert {each.name for each in GOLDEN.iterdir()} == set(CASES)


def _unsafe(made: str) -> set[str]:
    return {char for char in made if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")}


@cache
def nasty_text(*, color: bool = False, unicode: bool = True) -> str:
    return text(NASTY, width=72, color=color, unicode=unicode)


@cache
def nasty_markdown() -> str:
    return markdown(NASTY)


@cache
def nasty_html() -> str:
    return html.policies(NASTY)


def test_nothing_hides_or_moves() -> None:
    for made in (nasty_text(), nasty_markdown(), nasty_html()):
        assert _unsafe(made) == set()


class TestText:
    def test_colour_is_the_only_escape(self) -> None:
        assert re.sub(r"\x1b\[[0-9;]*m", "", nasty_text(color=True)) == nasty_text()

    def test_without_unicode_everything_is_ascii(self) -> None:
        assert nasty_text(unicode=False).isascii()

    def test_no_line_is_wider_than_the_width(self) -> None:
        assert max(map(len, text(SAMPLE, width=60, color=False).splitlines())) <= 60


class Page(HTMLParser):
    """What a browser makes of it: the tags with their attributes, the ids, and the text outside of the style."""

    def __init__(self, made: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.texts: list[str] = []
        self.style = ""
        self._in_style = False
        self.feed(made)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        self._in_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.style += data
        else:
            self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def values(self, attribute: str) -> list[str]:
        return [value or "" for _, name, value in self.attributes if name == attribute]


class TestMarkdown:
    def test_only_our_own_tags(self) -> None:
        made = re.sub(r"(?<!`)`[^`\n]+`(?!`)", "", nasty_markdown())
        page = Page(made)
        assert set(page.tags) <= {"details", "summary", "code", "a"}
        assert {(tag, name) for tag, name, _ in page.attributes} == {("a", "id")}
        assert made.count("<details>") == made.count("</details>")

    def test_no_mention_no_reference_no_link_but_to_our_own_anchors(self) -> None:
        made = re.sub(r"(?<!`)`[^`\n]+`(?!`)", "CODE", nasty_markdown())
        assert not re.search(r"@\w|(?<!&)#\d|\bGH-\d|://|www\.|!\[|<img|~~", made)
        links = re.findall(r"\]\(([^)]*)\)", made)
        assert len(links) == len(NASTY.policies)
        assert {each.removeprefix("#") for each in links} <= set(Page(made).values("id"))

    def test_tables_keep_their_columns(self) -> None:
        for block in re.findall(r"(?:^\|.*\n)+", nasty_markdown(), re.M):
            assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


class TestHtml:
    PAGES = ("SAMPLE", "NASTY", "EMPTY")

    @pytest.fixture(params=PAGES)
    def made(self, request: pytest.FixtureRequest) -> str:
        return nasty_html() if request.param == "NASTY" else html.policies(globals()[request.param])

    def test_the_browser_may_load_nothing_and_run_nothing(self, made: str) -> None:
        page = Page(made)
        digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
        content = next(value for tag, name, value in page.attributes if (tag, name) == ("meta", "content"))
        assert content == (f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'")
        assert not {"script", "img", "iframe", "link", "form", "object", "embed", "base"} & set(page.tags)
        assert not {"src", "style", "srcset", "action"} & {name for _, name, _ in page.attributes}
        assert not [name for _, name, _ in page.attributes if name.startswith("on")]
        assert "url(" not in page.style
        assert "@import" not in page.style
        assert made.index("Content-Security-Policy") < made.index("<style>")

    def test_every_link_leads_to_an_anchor_of_the_page(self, made: str) -> None:
        page = Page(made)
        ids = page.values("id")
        assert len(ids) == len(set(ids))
        assert {each.removeprefix("#") for each in page.values("href")} <= set(ids)

    def test_it_closes_what_it_opens(self, made: str) -> None:
        page = Page(made)
        for tag in set(page.tags) - {"meta"}:
            assert page.tags.count(tag) == made.count(f"</{tag}>"), tag

    def test_every_anchor_of_a_policy_is_there(self) -> None:
        assert {"deny-regions", "p-2kgnabcd", "allow-list", "cost-tags"} <= set(
            Page(html.policies(SAMPLE)).values("id")
        )

    def test_names_are_text_and_nothing_else(self) -> None:
        page = Page(nasty_html())
        shown = set(page.texts)
        assert {safe(each) for each in HOSTILE} <= shown
        assert set(page.tags) == set(Page(html.policies(SAMPLE)).tags)
        names = {(tag, name) for tag, name, _ in page.attributes}
        assert names == {(tag, name) for tag, name, _ in Page(html.policies(SAMPLE)).attributes}

    def test_it_is_for_light_and_dark_and_for_small_screens(self) -> None:
        made = html.policies(SAMPLE)
        assert "prefers-color-scheme: dark" in made
        assert "color-scheme: light dark" in made
        assert 'content="width=device-width, initial-scale=1"' in made


@pytest.mark.parametrize("anchor", ["", "a b", 'a"', "a\n", "Ä"])
def test_an_anchor_can_be_nothing_else(anchor: str) -> None:
    with pytest.raises(ValidationError):
        Guardrail(key="a", type="scp", name="a", anchors=(anchor,))


def test_json_is_valid_and_holds_everything() -> None:
    assert _unsafe(json.dumps(NASTY)) == set()
    assert Guardrails.model_validate(stdlib_json.loads(json.dumps(NASTY))) == NASTY


def test_a_comma_is_only_after_something_that_it_ends() -> None:
    root = GuardrailStatement(name="All", effect="Deny", actions=("*",), conditions=("a is b",))
    found = Guardrails(policies=(ALLOW.model_copy(update={"statements": (root,)}),))
    assert "denies every action if a is b" in text(found, width=100, color=False)
    assert "denies every action if `a is b`" in markdown(found)
