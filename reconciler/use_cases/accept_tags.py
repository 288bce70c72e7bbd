"""The tags of one thing in a spec, made what is live."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.spec.declared import Declared
from reconciler.spec.edit.editor import SpecEditor
from reconciler.spec.tree import Path


def accept_tags(editor: SpecEditor, declared: Declared, path: Path, live: Mapping[str, str]) -> None:
    """Writes the tags that differ from the live ones, which are those that are managed. A tag of all accounts that one
    account does not have is written there as absent."""
    account = next((each for each in declared.accounts if each.at == path), None)
    own = dict(_own(declared, path))
    defaults = (declared.spec.defaults.accounts.tags or {}) if account is not None else {}
    at = (*path, "tags")
    for key, value in live.items():
        if key in own:
            if own[key] != value:
                editor.set((*at, key), value)
        elif defaults.get(key) != value:
            editor.set((*at, key), value)
    for key, written in own.items():
        if key not in live and written is not None and key not in defaults:
            editor.remove((*at, key))
    if missing := [key for key, value in defaults.items() if key not in live and value is not None]:
        editor.set((*path, "tags_mode"), "merge")
        for key in missing:
            editor.set((*at, key), None)


def _own(declared: Declared, path: Path) -> Mapping[str, str | None]:
    """The tags that are written there."""
    shapes: dict[Path, Mapping[str, str | None] | None] = {("root",): declared.spec.root.tags}
    shapes |= {each.at: each.shape.tags for each in declared.units}
    shapes |= {each.at: each.shape.tags for each in declared.accounts}
    shapes |= {each.at: each.shape.tags for each in declared.policies.values()}
    return shapes.get(path) or {}
