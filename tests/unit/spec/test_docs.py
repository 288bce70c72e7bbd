"""docs/spec.md: its tables of keys are those of the format, its example loads.

The tables are updated with RECONCILER_GOLDEN=write.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconciler.spec import json_schema
from reconciler.spec.sandbox import Sandbox
from tests.unit.spec.spec_files import DENY, Specs

PAGE = Path(__file__).parents[3] / "docs" / "spec.md"
KINDS = {
    "string": "text",
    "integer": "a number",
    "number": "a number",
    "boolean": "`true`, `false`",
    "array": "a list",
    "object": "a mapping",
}
BLOCK = re.compile(r"(?<=<!-- keys: )(\w+) -->\n.*?<!-- /keys -->", re.DOTALL)


def test_the_tables_are_up_to_date() -> None:
    written = PAGE.read_text("utf-8")
    current = BLOCK.sub(lambda match: f"{match[1]} -->\n{_table(match[1])}\n<!-- /keys -->", written)
    if os.environ.get("RECONCILER_GOLDEN") == "write":
        PAGE.write_text(current, "utf-8")
    assert PAGE.read_text("utf-8") == current


def test_every_mapping_of_the_format_has_a_table() -> None:
    shown = set(BLOCK.findall(PAGE.read_text("utf-8")))
    assert shown | {"Defaults", "NodeShape", "Quota", "JsonValue"} == {"Spec", *_schema()["$defs"]}


def test_the_first_example_loads(specs: Specs) -> None:
    text = PAGE.read_text("utf-8").split("```yaml\n")[1].split("```")[0]
    assert specs.load(text, **{"policies/scp/deny-leaving-organization.json": DENY}).warnings == ()


def test_the_documented_filters_are_those_of_the_sandbox() -> None:
    listed = re.search(r"filters are (.*?)\.\n", PAGE.read_text("utf-8"), re.DOTALL)
    assert listed
    available = {name for name in Sandbox().filters if name.isalpha()} - {"d"}
    assert set(re.findall(r"`(\w+)`", listed[1])) == available


def _schema() -> dict[str, Any]:
    return json_schema()


def _table(name: str) -> str:
    schema = _schema()
    shape = schema if name == "Spec" else schema["$defs"][name]
    lines = ["| key | value | default | |", "|---|---|---|---|"]
    for key, value in shape["properties"].items():
        default = f"`{value['default']}`" if "default" in value else ""
        lines.append(f"| `{key}` | {_kind(value)} | {default} | {value['description']} |")
    return "\n".join(lines)


def _kind(value: Mapping[str, Any]) -> str:
    """The type of a value, in a few words."""
    if "enum" in value:
        return ", ".join(f"`{word}`" for word in value["enum"]) if len(value["enum"]) < 6 else "a policy type"
    if "const" in value:
        return f"`{value['const']}`"
    choices = value.get("anyOf") or value.get("oneOf")
    if choices:
        return " or ".join(dict.fromkeys(_kind(each) for each in choices if each.get("type") != "null"))
    if "$ref" in value:
        return "anything" if value["$ref"].endswith("JsonValue") else "a mapping"
    return KINDS[value["type"]]
