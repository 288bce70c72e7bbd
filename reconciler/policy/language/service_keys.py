"""The condition keys of the actions of a service, as the service authorization reference lists them."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from reconciler.policy.language.catalogue import cached

_VARIABLE_PART = re.compile(r"\\\$\\\{[^}]*\\\}")


class ServiceKeys(NamedTuple):
    """The keys of one service: `all` of them as written, those of each action (in lower case), and those of which a
    request has several values."""

    all: tuple[str, ...]
    by_action: dict[str, frozenset[str]]
    multivalued: frozenset[str] = frozenset()

    def find(self, key: str) -> str | None:
        """The listed key that this is: `ec2:ResourceTag/${TagKey}` for `ec2:resourcetag/team`."""
        return next((each for each in self.all if _pattern(each).fullmatch(key)), None)


@functools.cache
def keys_of(service: str) -> ServiceKeys | None:
    """The keys of a service that have its own prefix; `None` where the service is not known."""
    found = _all().get(service)
    if found is None:
        return None
    listed = tuple(found["keys"])
    by_action = {action: frozenset(listed[at] for at in places) for action, places in found["of"].items()}
    return ServiceKeys(listed, by_action, frozenset(found["many"]))


@functools.cache
def _all() -> dict[str, Any]:
    return cached("keys", _build)[1]


@functools.lru_cache(maxsize=4_096)
def _pattern(key: str) -> re.Pattern[str]:
    return re.compile(_VARIABLE_PART.sub(".+", re.escape(key)), re.IGNORECASE)


def _build(source: Path) -> dict[str, Any]:
    return {path.stem: _service(source, path.stem) for path in (source / "actions").glob("*.json")}


def _service(source: Path, service: str) -> dict[str, Any]:
    actions, resources, conditions = (
        json.loads((source / folder / f"{service}.json").read_text(encoding="utf-8"))
        if (source / folder / f"{service}.json").exists()
        else {}
        for folder in ("actions", "resourceTypes", "conditionKeys")
    )
    own_keys = {
        each["key"]: each["type"] for each in conditions.values() if each["key"].lower().startswith(f"{service}:")
    }
    keys = sorted(own_keys)
    many = [key for key in keys if own_keys[key].startswith("Array")]
    place = {key.lower(): at for at, key in enumerate(keys)}
    of = {}
    for name, action in actions.items():
        own = set(action["conditionKeys"])
        for resource in action["resourceTypes"]:
            own.update(resource["conditionKeys"])
            own.update(resources.get(resource["name"].lower(), {}).get("conditionKeys", ()))
        of[name] = sorted({place[key.lower()] for key in own if key.lower() in place})
    return {"keys": keys, "of": of, "many": many}
