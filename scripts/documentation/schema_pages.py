"""The pages about what machines read and write: a table of fields for each JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ABOUT = {
    "org": "The spec, `org.yaml`. `reconciler init` writes it beside a spec, for editors.",
    "plan": "`reconciler plan --output json`, and a saved plan.",
    "drift": "`reconciler drift --output json`.",
    "report": "`reconciler apply --output json`.",
    "snapshot": "`reconciler snapshot`.",
    "effective": "`reconciler explain ACCOUNT --type TYPE --output json`.",
    "access": "`reconciler explain ACCOUNT --who --output json`.",
}
FOLDER = "schemas"
Schema = Mapping[str, Any]


def schema_files(root: Path) -> Mapping[str, Path]:
    """The schemas of the repository by their names."""
    found = {each.name.partition(".")[0]: each for each in sorted((root / "docs/schemas").glob("*.schema.json"))}
    return {"org": root / "org.schema.json", **found}


def schema_pages(root: Path) -> Iterator[tuple[str, str]]:
    """The pages by their paths on the site, and the index of them."""
    files = schema_files(root)
    rows = [f"| [{name}]({FOLDER}/{name}.md) | {ABOUT.get(name, '')} |" for name in files]
    yield (
        f"{FOLDER}.md",
        "# JSON Schemas\n\nThe schemas of everything that machines read and write. `reconciler schema` prints them. "
        "The format only grows: a minor version adds fields, and readers ignore those that they do not know.\n\n"
        "| schema | of |\n|---|---|\n" + "\n".join(rows) + "\n",
    )
    for name, file in files.items():
        yield f"{FOLDER}/{name}.md", _page(name, json.loads(file.read_text("utf-8")), file.relative_to(root).as_posix())


def _page(name: str, schema: Schema, source: str) -> str:
    parts = [f"# {name}", ABOUT.get(name, ""), f"The schema itself: [{source}](../files/{source})."]
    parts += _table(schema)
    for title, each in sorted(schema.get("$defs", {}).items()):
        parts += [f"## {title}", _sentence(each), *_table(each)]
    return "\n\n".join(filter(None, parts)) + "\n"


def _table(schema: Schema) -> list[str]:
    fields = schema.get("properties")
    if not fields:
        return [] if "properties" in schema else [f"{_type(schema)}."]
    required = schema.get("required", ())
    described = any(map(_sentence, fields.values()))
    rows = [
        f"| `{field}` | {_type(each)}{'' if field in required else ', optional'} |"
        + (f" {_sentence(each)} |" if described else "")
        for field, each in fields.items()
    ]
    head = ["| field | type | meaning |", "|---|---|---|"] if described else ["| field | type |", "|---|---|"]
    return ["\n".join([*head, *rows])]


def _sentence(schema: Schema) -> str:
    return " ".join(str(schema.get("description", "")).split()).replace("|", "\\|").replace("<", "&lt;")


def _type(schema: Schema) -> str:
    """The type of a value in a few words; one with a definition of its own is linked."""
    if "$ref" in schema:
        title = schema["$ref"].rpartition("/")[2]
        return f"[{title}](#{title.lower()})" if "$defs" in schema["$ref"] else title
    for either in ("anyOf", "oneOf", "allOf"):
        if either in schema:
            return " or ".join(dict.fromkeys(map(_type, schema[either])))
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(each)}`" for each in schema["enum"])
    match schema.get("type"):
        case "array":
            return f"list of {_type(schema['items'])}" if "items" in schema else "list"
        case "object" if isinstance(schema.get("additionalProperties"), Mapping):
            return f"mapping of {_type(schema['additionalProperties'])}"
        case list() as types:
            return " or ".join(map(str, types))
        case None:
            return "any"
        case plain:
            return str(plain)
