"""Places in the answers of calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.kinds.base import Call
from reconciler.model.base import Json


def at(answer: Any, path: Sequence[str]) -> Any:
    """The value at a path of an answer, `None` where there is no path, or no such place (yet)."""
    answer = answer if path else None
    for step in path:
        answer = answer.get(step) if isinstance(answer, dict) else None
    return answer


def ids_for_journal(call: Call, answer: dict[str, Any]) -> Json:
    """What of an answer is worth keeping: the ids that it brought."""
    found = {".".join(path): at(answer, path) for path in (call.id_at, call.request_at) if path}
    return {path: value for path, value in found.items() if value is not None}
