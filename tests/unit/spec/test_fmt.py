"""`fmt`: what it changes, and what it leaves."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.inventory import Inventory
from reconciler.spec.fmt import formatted
from reconciler.use_cases.format_spec import format_spec
from reconciler.use_cases.import_organization import ImportOptions, spec_files
from tests.property.hostile import organizations

ROOT = Path(__file__).resolve().parents[3]
SPECS = sorted(
    path
    for place in ("org.yaml", "tests/**/org.yaml", "tests/**/teams/*.yaml", "reconciler/scaffold/**/org.yaml")
    for path in ROOT.glob(place)
)

BEFORE = """\
# what the file begins with

# about the root
root:
    # about accounts
    accounts:
      b: {tags: {a: 'x'}, id: "111122223333", email: 'a@b.cd'}   \n\
      a:   # why
        tags: {}
        # about the id
        id: '111122223333'
      # b is gone
    policies: [x]   # only this
# about the version
version: 1
x-common: &c {b: "1", a: b}
policies:

  # about p
  p:
    content: {Version: '2012-10-17'}
    description: |
      text  \n\
      'more'
    type: "scp"


"""
AFTER = """\
# what the file begins with

# about the version
version: 1
x-common: &c {b: "1", a: b}
policies:

  # about p
  p:
    type: scp
    description: |
      text  \n\
      'more'
    content: {Version: "2012-10-17"}
# about the root
root:
    policies: [x]   # only this
    # about accounts
    accounts:
      b: {id: "111122223333", email: a@b.cd, tags: {a: x}}
      a:   # why
        # about the id
        id: "111122223333"
        tags: {}
      # b is gone
"""


def test_keys_and_quotes_get_their_form_and_comments_stay_with_what_they_are_about() -> None:
    assert formatted(BEFORE) == AFTER
    assert formatted(AFTER) == AFTER


def test_an_alias_stays_behind_its_anchor() -> None:
    text = "root:\n  tags: &t {a: b}\npolicies:\n  p: {tags: *t}\nversion: 1\n"
    assert formatted(text) == text


def test_merged_keys_and_tags_of_yaml_are_left() -> None:
    text = "version: 1\nx-a: &a {id: '1'}\nroot:\n  accounts:\n    a: {<<: *a, name: !!str 5, tags: {}}\n"
    assert formatted(text) == text.replace("'1'", '"1"')


@pytest.mark.parametrize("path", SPECS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_spec_of_the_repository(path: Path) -> None:
    try:
        once = formatted(path.read_text("utf-8"))
    except yaml.YAMLError:
        pytest.skip("a spec that is not YAML")
    assert formatted(once) == once
    assert yaml.safe_load(once) == yaml.safe_load(path.read_text("utf-8"))


def check(live: Inventory, *, split_by_ou: bool) -> None:
    for name, text in spec_files(live, ImportOptions(split_by_ou=split_by_ou)).items():
        if name.endswith(".yaml"):
            assert formatted(text) == text


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(organizations(), st.booleans())
def test_an_imported_spec_has_the_form(live: Inventory, split_by_ou: bool) -> None:
    check(live, split_by_ou=split_by_ou)


@pytest.mark.nightly
@settings(settings.get_profile("nightly"), max_examples=500, suppress_health_check=list(HealthCheck))
@given(organizations(), st.booleans())
def test_many_imported_specs_have_the_form(live: Inventory, split_by_ou: bool) -> None:
    check(live, split_by_ou=split_by_ou)


def check_any_form(live: Inventory, chance: random.Random, style: bool | None) -> None:
    """The spec as somebody else would have written it: other quotes, another order, comments in any place."""
    value = yaml.safe_load(spec_files(live, ImportOptions())["org.yaml"])
    lines = yaml.safe_dump(_shuffled(value, chance), sort_keys=False, default_flow_style=style, width=10**6).split("\n")
    commented = "\n".join(f"{line}  # note" if chance.random() < 0.1 and line.endswith(":") else line for line in lines)
    once = formatted(commented)
    assert yaml.safe_load(once) == value
    assert formatted(once) == once
    assert once.count("# note") == commented.count("# note")
    assert list(yaml.safe_load(once)) == list(value)


def _shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        keys = [*value]
        chance.shuffle(keys)
        return {key: _shuffled(value[key], chance) for key in keys}
    return value


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(organizations(), st.randoms(use_true_random=False), st.sampled_from([False, None]))
def test_a_spec_of_any_form(live: Inventory, chance: random.Random, style: bool | None) -> None:
    check_any_form(live, chance, style)


@pytest.mark.nightly
@settings(settings.get_profile("nightly"), max_examples=500, suppress_health_check=list(HealthCheck))
@given(organizations(), st.randoms(use_true_random=False), st.sampled_from([False, None]))
def test_many_specs_of_any_form(live: Inventory, chance: random.Random, style: bool | None) -> None:
    check_any_form(live, chance, style)


def test_line_ends_and_included_files(tmp_path: Path) -> None:
    (tmp_path / "teams").mkdir()
    (tmp_path / "org.yaml").write_bytes(b"include: ['teams/*.yaml']\r\nversion: 1\r\n")
    (tmp_path / "teams" / "a.yaml").write_text("root: {tags: {a: 'b'}, policies: []}\n")
    checked = format_spec(tmp_path / "org.yaml", write=False)
    assert [each.changed for each in checked] == [True, True]
    format_spec(tmp_path / "org.yaml", write=True)
    assert (tmp_path / "org.yaml").read_bytes() == b'version: 1\r\ninclude: ["teams/*.yaml"]\r\n'
    assert (tmp_path / "teams" / "a.yaml").read_text() == "root: {policies: [], tags: {a: b}}\n"
    assert [each.changed for each in format_spec(tmp_path / "org.yaml", write=False)] == [False, False]
