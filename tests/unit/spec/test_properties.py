"""Whatever is in the files, the result is a desired state or diagnostics, never a traceback."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.errors import SpecInvalid
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.resources import Account, OrganizationalUnit
from reconciler.spec import codes, load, schema
from reconciler.spec.faults import TemplateFault
from reconciler.spec.sandbox import Sandbox
from tests.unit.spec.spec_files import DENY, write
from tests.unit.spec.test_contract import EVERYTHING

pytestmark = pytest.mark.slow

JARGON = ("Input should", "Field required", "pydantic", "NoneType", "Traceback", "validation error", "object at 0x")
SHAPES = (schema.Spec, schema.OrganizationShape, schema.UnitShape, schema.AccountShape, schema.PolicyShape)
KNOWN = {code.code for code in codes()}
PIECES = st.sampled_from(
    [
        *("\n", "  ", "\t", "- ", ": ", "{", "}", "[", "]", "&a ", "*a", "<<: ", "!!int ", '"', "'", "|", "#"),
        *(
            "~",
            "on",
            "012",
            "1:30",
            "2012-10-17",
            ".inf",
            "\0",
            "\ufeff",
            "é",
            "\u2028",
            "{{",
            "{%",
            "version: 1\n",
            "root:",
        ),
        *(
            "null",
            "9" * 40,
            "⟨a.id⟩",
            "⟨list⟩",
            "[key]",
            "?",
            "accounts:",
            "policies:",
            "include: [a]",
            "*root",
            "---\n",
        ),
    ]
)
KEYS = st.sampled_from(sorted({key for shape in SHAPES for key in shape.model_fields}))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**12) | st.floats(allow_nan=False) | st.text(max_size=8) | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)


def checked(raw: bytes, **files: str) -> tuple[Diagnostic, ...]:
    with tempfile.TemporaryDirectory() as folder:
        top = write(Path(folder), {"org.yaml": raw, **files})
        try:
            found = load(top).warnings
        except SpecInvalid as error:
            found = error.diagnostics
            assert any(each.severity == "error" for each in found)
        for each in found:
            assert each.code in KNOWN
            assert each.line >= 1
            assert each.column >= 1
            assert not [word for word in JARGON if word in each.message + (each.help or "")]
        return found


@given(st.binary(max_size=200))
def test_any_bytes(raw: bytes) -> None:
    checked(raw)


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    checked(text.encode("utf-8", "surrogatepass"))


@given(VALUES)
def test_any_yaml(value: object) -> None:
    checked(yaml.safe_dump(value).encode())


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_any_values_under_known_keys(value: dict[str, object]) -> None:
    checked(json.dumps({"version": 1, "root": {}} | value).encode())


@given(st.lists(st.tuples(st.integers(0, len(EVERYTHING)), st.integers(0, 12), PIECES), max_size=5))
def test_a_spec_with_any_damage(damages: list[tuple[int, int, str]]) -> None:
    text = EVERYTHING
    for start, length, piece in damages:
        text = text[:start] + piece + text[start + length :]
    checked(text.encode())


@given(
    st.text(max_size=80) | st.lists(PIECES, max_size=12).map("".join),
    st.sampled_from(["p.json", "p.yaml", "p.yaml.j2"]),
)
def test_any_policy_document(text: str, name: str) -> None:
    spec = f"version: 1\npolicies: {{p: {{type: tag, file: {name}}}}}\nroot: {{policies: [p]}}\n"
    if not any(0xD800 <= ord(each) <= 0xDFFF for each in text):
        checked(spec.encode(), **{name: text})


TOKENS = "{{ }} {% %} for in if else endif endfor set macro endmacro x vars . | ~ + * ( ) [ ] tojson 'a' 9"
TEMPLATE = st.lists(st.sampled_from(TOKENS.split()), max_size=15)


@given(TEMPLATE.map(" ".join) | st.text(max_size=60))
@example("{{ '\\ud800' }}")
def test_any_template(source: str) -> None:
    sandbox = Sandbox()
    fault = None
    try:
        sandbox.rendered(sandbox.compiled(source), {"vars": {"a": [1, 2]}, "x": "text"})
    except TemplateFault as raised:
        fault = raised
    assert fault is None or (fault.code in KNOWN and 1 <= fault.line <= source.count("\n") + 1)


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="⟨⟩"),
    min_size=1,
    max_size=8,
)


@given(st.recursive(st.just({}), lambda inner: st.dictionaries(NAMES, inner, max_size=3), max_leaves=8))
def test_a_tree_of_units_is_unchanged(tree: dict[str, object]) -> None:
    """Names of any characters: every OU is found under its parent, with its own name."""

    def shape(units: dict[str, object], depth: int) -> dict[str, object]:
        if depth == 5:
            return {}
        return {name: {"organizational_units": shape(inner, depth + 1)} for name, inner in units.items()}  # type: ignore[arg-type]

    spec = {"version": 1, "root": {"organizational_units": shape(tree, 0)}}
    with tempfile.TemporaryDirectory() as folder:
        top = write(Path(folder), {"org.yaml": json.dumps(spec, ensure_ascii=False)})
        units = {each.address: each for each in load(top).inventory.of(OrganizationalUnit)}

    def built(parent: str) -> dict[str, object]:
        inner = {each.name: each.address for each in units.values() if each.parent == parent}
        return {name: {"organizational_units": built(where)} for name, where in inner.items()}

    assert built("root:/") == shape(tree, 0)


IDS = st.from_regex(r"[0-9]{12}", fullmatch=True)


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9-]{0,15}", fullmatch=True), IDS, max_size=6).filter(
    lambda accounts: len(set(accounts.values())) == len(accounts)
))  # fmt: skip
def test_quoted_ids_keep_every_digit(accounts: dict[str, str]) -> None:
    body = "".join(f'    "{key}": {{id: "{number}", policies: [deny]}}\n' for key, number in accounts.items())
    spec = f"version: 1\npolicies: {{deny: {{type: scp, content: {DENY}}}}}\nroot:\n  accounts:\n{body}"
    with tempfile.TemporaryDirectory() as folder:
        found = load(write(Path(folder), {"org.yaml": spec})).inventory.of(Account)
        assert {each.address.removeprefix("account:"): each.id for each in found} == accounts
