"""Edits of a spec by paths: each changes its own lines, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from reconciler.model.base import Json
from reconciler.spec.edit.editor import SpecEditor
from reconciler.spec.tree import Path

TEXT = """\
version: 1
x-tags: &tags {a: b}   # shared
policies:
  p: {type: scp}   # keep
root:
  policies: [a, b]  # pol
  accounts:
    # about one
    one: {id: "1", tags: *tags}
    two:
      id: "2"   # id
      policies:
        - x
        - y   # why
      description: |
        text

        more
  # about the units
  organizational_units:
    A:
      accounts: {q: {id: "3"}, r: {}}   # both
    B: {}
    C:   # empty
    D: {<<: *tags}
"""
ROOT = ("root",)
TWO = (*ROOT, "accounts", "two")
UNITS = (*ROOT, "organizational_units")


def edited(*steps: tuple[Any, ...]) -> tuple[list[str], list[str]]:
    """The lines that are gone and those that are new after the edits; the text is valid."""
    editor = SpecEditor({"org.yaml": TEXT})
    for method, *arguments in steps:
        getattr(editor, method)(*arguments)
    text = editor.files["org.yaml"]
    yaml.safe_load(text)
    before, after = TEXT.splitlines(), text.splitlines()
    return [each for each in before if each not in after], [each for each in after if each not in before]


@pytest.mark.parametrize(
    ("path", "value", "gone", "new"),
    [
        ((*TWO, "id"), "9", ['      id: "2"   # id'], ['      id: "9"   # id']),
        ((*TWO, "name"), "N: x", [], ['      name: "N: x"']),
        ((*TWO, "tags"), {"k": "v"}, [], ["      tags: {k: v}"]),
        ((*TWO, "description"), "no",
         ["      description: |", "        text", "", "        more"], ['      description: "no"']),
        ((*UNITS, "B", "tags"), {"k": "v"}, ["    B: {}"], ["    B:", "      tags: {k: v}"]),
        ((*UNITS, "C", "tags"), {}, [], ["      tags: {}"]),
        ((*UNITS, "E"), {}, [], ["    E: {}"]),
        ((*UNITS, "A", "accounts", "q", "name"), "x",
         ['      accounts: {q: {id: "3"}, r: {}}   # both'],
         ['      accounts: {q: {id: "3", name: x}, r: {}}   # both']),
        (("organization", "id"), "o", [], ["organization:", "  id: o"]),
        (("policies", "p", "tags", "k"), "v", ["  p: {type: scp}   # keep"],
         ["  p: {type: scp, tags: {k: v}}   # keep"]),
    ],
)  # fmt: skip
def test_a_value_is_set(path: Path, value: Json, gone: list[str], new: list[str]) -> None:
    assert edited(("set", path, value)) == (gone, new)


def test_an_alias_gets_a_value_of_its_own() -> None:
    gone, new = edited(("set", (*ROOT, "accounts", "one", "tags", "z"), "1"))
    assert gone == ['    one: {id: "1", tags: *tags}']
    assert new == ['    one: {id: "1", tags: {a: b, z: "1"}}']


def test_a_key_beside_a_merge_wins() -> None:
    gone, new = edited(("set", (*UNITS, "D", "a"), "c"))
    assert (gone, new) == (["    D: {<<: *tags}"], ["    D: {<<: *tags, a: c}"])


@pytest.mark.parametrize(
    ("path", "gone", "new"),
    [
        ((*TWO, "id"), ['      id: "2"   # id'], []),
        ((*ROOT, "accounts", "one"), ["    # about one", '    one: {id: "1", tags: *tags}'], []),
        (("policies", "p"), ["policies:", "  p: {type: scp}   # keep"], ["policies: {}"]),
        ((*UNITS, "A", "accounts", "q"),
         ['      accounts: {q: {id: "3"}, r: {}}   # both'], ["      accounts: {r: {}}   # both"]),
        ((*UNITS, "A", "accounts", "r"),
         ['      accounts: {q: {id: "3"}, r: {}}   # both'], ['      accounts: {q: {id: "3"}}   # both']),
        (("guards",), [], []),
    ],
)  # fmt: skip
def test_a_key_is_removed(path: Path, gone: list[str], new: list[str]) -> None:
    assert edited(("remove", path)) == (gone, new)


@pytest.mark.parametrize(
    ("method", "path", "item", "gone", "new"),
    [
        ("add_item", (*ROOT, "policies"), "c", ["  policies: [a, b]  # pol"], ["  policies: [a, b, c]  # pol"]),
        ("remove_item", (*ROOT, "policies"), "a", ["  policies: [a, b]  # pol"], ["  policies: [b]  # pol"]),
        ("add_item", (*TWO, "policies"), "z", [], ["        - z"]),
        ("remove_item", (*TWO, "policies"), "x", ["        - x"], []),
        ("add_item", (*UNITS, "B", "policies"), "z", ["    B: {}"], ["    B:", "      policies: [z]"]),
        ("remove_item", (*TWO, "policies"), "absent", [], []),
        ("remove_item", (*UNITS, "B", "policies"), "z", [], []),
    ],
)
def test_items_of_lists(method: str, path: Path, item: str, gone: list[str], new: list[str]) -> None:
    assert edited((method, path, item)) == (gone, new)


def test_an_entry_is_moved_with_its_comments() -> None:
    editor = SpecEditor({"org.yaml": TEXT})
    editor.move(TWO, (*UNITS, "C", "accounts", "two"))
    assert """\
    C:   # empty
      accounts:
        two:
          id: "2"   # id
          policies:
            - x
            - y   # why
          description: |
            text

            more
""" in editor.files["org.yaml"]
    assert yaml.safe_load(editor.files["org.yaml"])["root"]["accounts"].keys() == {"one"}


def test_an_entry_is_moved_to_another_file() -> None:
    team = "root:\n  organizational_units:\n    T:\n      accounts:\n        old: {}\n"
    editor = SpecEditor({"org.yaml": TEXT, "teams/t.yaml": team})
    editor.move((*ROOT, "accounts", "one"), (*UNITS, "T", "accounts", "one"))
    assert editor.files["teams/t.yaml"] == team + '        # about one\n        one: {id: "1", tags: *tags}\n'


def test_a_key_gets_another_name() -> None:
    gone, new = edited(("rename", (*UNITS, "A"), "no"))
    assert (gone, new) == (["    A:"], ['    "no":'])


def test_only_what_differs_is_set() -> None:
    old: Json = {"a": 1, "b": ["x", "y"], "c": {"d": "1", "e": "2"}}
    text = "p:\n  a: 1\n  b: [x, y]  # why\n  c: {d: '1', e: '2'}\n"
    editor = SpecEditor({"org.yaml": text})
    editor.set_differences(("p",), old, {"a": 1, "b": ["y", "z"], "c": {"d": "1", "f": "3"}})
    assert editor.files["org.yaml"] == "p:\n  a: 1\n  b: [y, z]  # why\n  c: {d: '1', f: \"3\"}\n"


def test_what_is_empty_is_removed_from_its_own_file() -> None:
    team = "root:\n  organizational_units:\n    A: {}\n"
    editor = SpecEditor({"org.yaml": "version: 1\n", "a.yaml": team, "b.yaml": team.replace("A", "B")})
    editor.remove(("root", "organizational_units", "B"), with_empty=True)
    assert (editor.files["a.yaml"], editor.files["b.yaml"]) == (team, "root: {}\n")


STATEMENTS = """\
content:
  Statement:
    # why
    - Sid: One   # first
      Action: [a, b]   # both
      Condition: {Bool: {x: "true"}}   # when
    - {Sid: Two, Action: c}   # second
"""


@pytest.mark.parametrize(
    ("changed", "gone", "new"),
    [
        (({"Action": ["a", "b", "d"]}, {}), ["Action: [a, b]   # both"], ["Action: [a, b, d]   # both"]),
        (({}, {"Action": "e"}), ["- {Sid: Two, Action: c}   # second"], ["- {Sid: Two, Action: e}   # second"]),
        (({"Sid": "1"}, {}), ["- Sid: One   # first"], ['- Sid: "1"   # first']),
        (
            ({"Condition": {"Bool": {"z": "true"}}}, {}),
            ['Condition: {Bool: {x: "true"}}   # when'],
            ['Condition: {Bool: {z: "true"}}   # when'],
        ),
    ],
)
def test_mappings_in_a_list_are_changed_key_by_key(
    changed: tuple[dict[str, Json], ...], gone: list[str], new: list[str]
) -> None:
    old = yaml.safe_load(STATEMENTS)["content"]
    wanted: Json = {"Statement": [{**one, **other} for one, other in zip(old["Statement"], changed, strict=True)]}
    editor = SpecEditor({"org.yaml": STATEMENTS})
    editor.set_differences(("content",), old, wanted)
    text = editor.files["org.yaml"]
    assert yaml.safe_load(text)["content"] == wanted
    before, after = ([line.strip() for line in each.split("\n")] for each in (STATEMENTS, text))
    assert ([each for each in before if each not in after], [each for each in after if each not in before]) == (
        gone,
        new,
    )


def test_a_list_of_mappings_with_other_keys_is_written_anew() -> None:
    old = yaml.safe_load(STATEMENTS)["content"]
    wanted: Json = {"Statement": [*old["Statement"], {"Sid": "Three"}]}
    editor = SpecEditor({"org.yaml": STATEMENTS})
    editor.set_differences(("content",), old, wanted)
    assert yaml.safe_load(editor.files["org.yaml"])["content"] == wanted
