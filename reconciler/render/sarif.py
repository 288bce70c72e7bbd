"""Results as SARIF 2.1.0, for code scanning and editors.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from reconciler.model.diagnostic import Severity
from reconciler.model.printable import dumps
from reconciler.render.results import Place, Result, Rule, fingerprints
from reconciler.render.safe import markdown_text, safe

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "SRCROOT"
_LEVELS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
_LINK = re.compile(r"\[(?=[^\]]*\]\()")
_DRIVE = re.compile(r"[A-Za-z]:/")


def sarif(found: Sequence[Result], rules: Sequence[Rule], *, version: str, failed: str | None = None) -> str:
    """One run of the tool at this version. `failed` is why it has no complete result."""
    index = {rule.id: number for number, rule in enumerate(rules)}
    results = [_result(each, index[each.rule], key) for each, key in zip(found, fingerprints(found), strict=True)]
    driver = {
        "name": "reconciler",
        "semanticVersion": _semantic(version),
        "version": version,
        "rules": [_rule(each) for each in rules],
    }
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "results": results,
    }
    if failed is not None:
        notice = {"level": "error", "message": {"text": _plain(failed)}}
        run["invocations"] = [{"executionSuccessful": False, "toolExecutionNotifications": [notice]}]
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _semantic(version: str) -> str:
    """The release of a Python version, which semantic versioning knows too."""
    numbers = re.match(r"\d+(\.\d+){0,2}", version)
    return ".".join([*(numbers[0].split(".") if numbers else ()), "0", "0", "0"][:3])


def _rule(each: Rule) -> dict[str, Any]:
    explanation = safe(each.explanation)
    return {
        "id": each.id,
        "name": "".join(word.capitalize() for word in re.findall(r"[A-Za-z0-9]+", each.id)),
        "shortDescription": {"text": _plain(each.title)},
        "fullDescription": {"text": _plain(explanation)},
        "help": {"text": _plain(explanation), "markdown": markdown_text(explanation)},
        "defaultConfiguration": {"level": _LEVELS[each.severity]},
    }


def _result(each: Result, rule: int, key: str) -> dict[str, Any]:
    text = f"{each.message}. Help: {each.help}" if each.help else each.message
    return {
        "ruleId": each.rule,
        "ruleIndex": rule,
        "level": _LEVELS[each.severity],
        "message": {"text": _plain(text)},
        "locations": [{"physicalLocation": _location(each.place)}],
        "partialFingerprints": {"reconcilerResult/v1": hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()},
    }


def _location(place: Place) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": place.line, "startColumn": place.column}
    if place.end_line is not None and place.end_line > place.line:
        region["endLine"] = place.end_line
    if place.end_column is not None and ("endLine" in region or place.end_column > place.column):
        region["endColumn"] = place.end_column
    return {"artifactLocation": _artifact(place.file), "region": region}


def _artifact(file: str) -> dict[str, str]:
    if file.startswith("/"):
        return {"uri": f"file://{quote(file)}"}
    if _DRIVE.match(file):
        return {"uri": f"file:///{quote(file, safe='/:')}"}
    return {"uri": quote(file), "uriBaseId": _ROOT}


def _plain(text: str) -> str:
    """A plain text message, in which nothing is taken for a link (section 3.11.6)."""
    return _LINK.sub(r"\\[", safe(text))
