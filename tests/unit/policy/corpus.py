"""The corpus of real policies, read where `RECONCILER_CORPUS` says; tests that need it skip where it is absent."""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import NamedTuple

import pytest

from reconciler.model.base import Json

CORPUS = Path(os.environ.get("RECONCILER_CORPUS") or Path(__file__).resolve().parents[4] / "shared" / "corpus")

needs_corpus = pytest.mark.skipif(
    not (CORPUS / "manifest.jsonl").exists(),
    reason="the corpus of real policies is not here: set RECONCILER_CORPUS",
)


class Written(NamedTuple):
    """One document of the corpus."""

    name: str
    type: str
    document: Json


class Pair(NamedTuple):
    """Two versions of one policy."""

    name: str
    old: Json
    new: Json


@functools.cache
def documents() -> tuple[Written, ...]:
    rows = [json.loads(line) for line in (CORPUS / "manifest.jsonl").read_text().splitlines()]
    return tuple(Written(row["file"], row["type"], json.loads((CORPUS / row["file"]).read_text())) for row in rows)


@functools.cache
def pairs() -> tuple[Pair, ...]:
    rows = [json.loads(line) for line in (CORPUS / "pairs.jsonl").read_text().splitlines()]
    return tuple(Pair(f"{row['path']}@{row['commit'][:8]}", row["old"], row["new"]) for row in rows)
