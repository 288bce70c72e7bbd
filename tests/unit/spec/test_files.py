"""Files: what is read, what is refused, and how several become one tree."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.errors import SpecInvalid
from reconciler.model.resources import Account, OrganizationalUnit
from reconciler.spec import load
from reconciler.spec.spec_files import SpecFiles
from tests.unit.spec.spec_files import DENY, Specs

EMPTY = "version: 1\nroot: {}\n"


def test_a_byte_order_mark_is_accepted(specs: Specs) -> None:
    assert specs.load(b"\xef\xbb\xbf" + EMPTY.encode()).files == ("org.yaml",)


def test_windows_line_ends_are_accepted_and_keep_the_places(specs: Specs) -> None:
    (found,) = specs.diagnostics(b"version: 1\r\nroot:\r\n  polices: []\r\n")
    assert (found.line, found.column) == (3, 3)


@pytest.mark.parametrize(
    ("raw", "message", "line"),
    [
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "the file is not UTF-8 text", 1, id="binary"),
        pytest.param("version: 1\n".encode("utf-16"), "the file is not UTF-8 text", 1, id="utf-16"),
        pytest.param(b"version: 1\nroot: {tags: {a: \xe9}}\n", "the file is not UTF-8 text", 2, id="latin-1"),
        pytest.param(b"version: 1\nroot: \0\n", "the file contains the unprintable character U+0000", 2, id="nul"),
        pytest.param(
            b"version: 1\nroot: {tags: {a: \x1b[2K}}\n",
            "the file contains the unprintable character U+001B",
            2,
            id="escape",
        ),
        pytest.param(
            "version: 1\nroot: \u2028\n".encode(),
            "the file contains the unprintable character U+2028",
            2,
            id="separator",
        ),
    ],
)
def test_what_is_not_text_is_refused(specs: Specs, raw: bytes, message: str, line: int) -> None:
    (found,) = specs.diagnostics(raw)
    assert (found.code, found.message, found.line) == ("E103", message, line)


def test_a_spec_of_more_than_5_mb_is_refused(specs: Specs) -> None:
    (found,) = specs.diagnostics(b"version: 1\n" + b"# padding\n" * 500_000)
    assert (found.code, found.message) == ("E102", "the file is larger than 5 MB")


def test_a_policy_of_more_than_1_mb_is_refused_and_named(specs: Specs) -> None:
    specs.write({"p.json": b" " * 1_000_001})
    (found,) = specs.diagnostics("version: 1\npolicies:\n  p: {type: scp, file: p.json}\nroot: {policies: [p]}\n")
    assert (found.code, found.file, found.related) == ("E102", "p.json", (("named here", "org.yaml", 3, 24),))


def test_a_missing_top_file_is_a_diagnostic(specs: Specs) -> None:
    (found,) = specs.diagnostics()
    assert (found.code, found.message) == ("E101", "cannot read `org.yaml`: no such file or directory")


def test_a_pipe_is_not_opened(specs: Specs) -> None:
    os.mkfifo("pipe.yaml")
    (found,) = specs.diagnostics("version: 1\ninclude: [pipe.yaml]\nroot: {}\n")
    assert (found.code, found.message) == ("E101", "cannot read `pipe.yaml`: it is not a regular file")


@pytest.mark.parametrize("include", ["[link.yaml]", '["*.yaml"]', '["inner/*.yaml"]'])
def test_a_link_that_leads_outside_is_refused(
    specs: Specs, tmp_path_factory: pytest.TempPathFactory, include: str
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.yaml").write_text("root: {tags: {a: b}}\n")
    Path("link.yaml").symlink_to(outside / "secret.yaml")
    Path("inner").symlink_to(outside)
    (found,) = specs.diagnostics(f"version: 1\ninclude: {include}\nroot: {{}}\n")
    assert found.code == "E120"
    assert found.help == "it is a link that leads outside; copy the file instead"


def test_a_link_inside_is_followed(specs: Specs) -> None:
    specs.write({"real/team.yaml": "root: {tags: {a: b}}\n"})
    Path("team.yaml").symlink_to("real/team.yaml")
    assert specs.load("version: 1\ninclude: [team.yaml]\nroot: {}\n").files == ("org.yaml", "team.yaml")


def test_included_files_are_merged_as_trees(specs: Specs) -> None:
    desired = specs.load(
        'version: 1\ninclude: ["teams/*.yaml"]\nroot:\n  organizational_units:\n    Workloads: {tags: {a: b}}\n',
        **{
            "teams/cart.yaml": "root:\n  organizational_units:\n    Workloads:\n      accounts:\n"
            "        cart: {email: c@e.xy}\n",
            "teams/shop.yaml": "version: 1\nroot:\n  organizational_units:\n    Workloads:\n      accounts:\n"
            "        shop: {email: s@e.xy}\n",
        },
    )  # fmt: skip
    accounts = {each.address: str(each.source) for each in desired.inventory.of(Account)}
    assert accounts == {"account:cart": "teams/cart.yaml:5", "account:shop": "teams/shop.yaml:6"}
    (unit,) = desired.inventory.of(OrganizationalUnit)
    assert unit.tags == {"a": "b"}
    assert desired.files == ("org.yaml", "teams/cart.yaml", "teams/shop.yaml")


def test_paths_are_relative_to_the_file_that_names_them(specs: Specs) -> None:
    desired = specs.load(
        "version: 1\ninclude: [teams/shop/team.yaml]\nroot: {policies: [deny]}\n",
        **{
            "teams/shop/team.yaml": 'include: ["../common.yaml"]\npolicies: {deny: {type: scp, file: deny.json}}\n',
            "teams/common.yaml": "root: {tags: {a: b}}\n",
            "teams/shop/deny.json": DENY,
        },
    )
    assert desired.files == ("org.yaml", "teams/shop/team.yaml", "teams/common.yaml", "teams/shop/deny.json")


def test_a_file_that_two_files_include_is_read_once(specs: Specs) -> None:
    desired = specs.load(
        "version: 1\ninclude: [a.yaml, b.yaml]\nroot: {}\n",
        **{"a.yaml": "include: [c.yaml]\n", "b.yaml": "include: [c.yaml]\n", "c.yaml": "root: {tags: {a: b}}\n"},
    )
    assert desired.files == ("org.yaml", "a.yaml", "c.yaml", "b.yaml")


def test_a_pattern_may_match_the_file_itself(specs: Specs) -> None:
    desired = specs.load('version: 1\ninclude: ["*.yaml"]\nroot: {}\n', **{"a.yaml": "root: {tags: {a: b}}\n"})
    assert desired.files == ("org.yaml", "a.yaml")


def test_a_broken_file_does_not_hide_what_is_wrong_in_the_others(specs: Specs) -> None:
    specs.write({"a.yaml": "root: [\n", "b.yaml": "root: {polices: []}\n"})
    found = specs.diagnostics("version: 1\ninclude: [a.yaml, b.yaml]\nroot: {policies: [declared-in-a]}\n")
    assert [(each.code, each.file) for each in found] == [("E105", "a.yaml"), ("E201", "b.yaml")]


def test_everything_is_reported_at_once_in_the_order_of_the_file(specs: Specs) -> None:
    text = (
        "version: 1\n"
        "policies:\n"
        "  deny: {type: spc, content: {}}\n"
        "root:\n"
        "  policies: [deny, dny]\n"
        "  tags: {tier: 1, on: call}\n"
        "  accounts:\n"
        "    shop: {id: 012345670123, nane: Shop}\n"
        "    cart: {email: aws@example.com}\n"
        "    cards: {email: aws@example.com}\n"
    )
    found = [(each.code, each.line) for each in specs.diagnostics(text)]
    assert found == [
        ("E204", 3), ("E301", 5), ("E203", 6), ("E109", 6), ("E111", 8), ("E201", 8), ("E304", 10),
    ]  # fmt: skip


def test_files_are_named_as_the_user_named_the_top_file(specs: Specs, tmp_path: Path) -> None:
    specs.write({"live/org.yaml": "version: 1\ninclude: [a.yaml]\nroot: {}\n", "live/a.yaml": "root: {x: 1}\n"})
    for given, named in (
        (Path("live/org.yaml"), "live/a.yaml"),
        (tmp_path / "live/org.yaml", f"{tmp_path}/live/a.yaml"),
    ):
        with pytest.raises(SpecInvalid) as raised:
            load(given)
        assert [each.file for each in raised.value.diagnostics] == [named]


def test_the_error_counts_and_has_the_warnings_too(specs: Specs) -> None:
    specs.write({"org.yaml": "version: 1\nroot: {x: 1, y: 2, accounts: {a: {id: '111122223333', name: ' a'}}}\n"})
    with pytest.raises(SpecInvalid, match="2 errors in the spec") as raised:
        load(Path("org.yaml"))
    assert sorted(each.code for each in raised.value.diagnostics) == ["E201", "E201", "W309"]


class TestDigest:
    def test_is_the_same_wherever_the_files_are(self, specs: Specs, tmp_path: Path) -> None:
        for folder in ("one", "two/three"):
            specs.write({f"{folder}/org.yaml": EMPTY})
        digests = {load(Path(name)).digest for name in ("one/org.yaml", "two/three/org.yaml")}
        digests.add(load(tmp_path / "one/org.yaml").digest)
        assert len(digests) == 1
        assert digests.pop().startswith("sha256:")

    def test_does_not_depend_on_layout_comments_and_files(self, specs: Specs) -> None:
        one = specs.load("version: 1\nroot: {tags: {a: b}, policies: []}\n").digest
        other = specs.load(
            "# rearranged\nroot:\n  policies: []\ninclude: [a.yaml]\nversion: 1\n",
            **{"a.yaml": "root: {tags: {a: b}}\n"},
        )
        assert other.digest == one

    def test_changes_with_a_document(self, specs: Specs) -> None:
        text = "version: 1\npolicies: {p: {type: scp, file: p.json}}\nroot: {policies: [p]}\n"
        one = specs.load(text, **{"p.json": DENY}).digest
        assert specs.load(text, **{"p.json": DENY.replace("Deny", "Allow")}).digest != one


def test_a_file_that_may_not_be_read(specs: Specs, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    specs.write({"org.yaml": "version: 1\n"})
    monkeypatch.setattr(SpecFiles, "_bytes", denied)
    (found,) = specs.diagnostics()
    assert (found.code, found.message) == ("E101", "cannot read `org.yaml`: permission denied")
    assert found.help == "let this user read the file"
