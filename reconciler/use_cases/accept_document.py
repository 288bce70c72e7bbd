"""The documents of policies in a spec, made what is live."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from reconciler.model.base import Json
from reconciler.model.printable import dumps, json_text
from reconciler.spec.declared import Declared, DeclaredPolicy
from reconciler.spec.edit.editor import SpecEditor
from reconciler.spec.write.catalogue import document_text

_INDENT = re.compile(r"\n([ \t]+)\S")


@dataclass
class DocumentEditor:
    """The documents beside the top file, which is in `directory`; `written` has the text of each changed one."""

    directory: Path
    declared: Declared
    editor: SpecEditor
    written: dict[str, str] = field(default_factory=dict)

    def names(self) -> list[str]:
        """The files that there are, relative to the directory."""
        there = (each.relative_to(self.directory).as_posix() for each in self.directory.glob("policies/**/*"))
        return [*there, *self.written]

    def add(self, name: str, content: Json) -> None:
        """A new document."""
        self.written[name] = document_text(content)

    def accept(self, policy: DeclaredPolicy, live: Json) -> None:
        """Writes the live document of a policy: into the spec where it is written there, into its file where only this
        policy has it and it is no template, else into a new one."""
        if policy.shape.content is not None:
            self.editor.set_differences((*policy.at, "content"), policy.shape.content, live)
            return
        name = str(policy.shape.file)
        users = Counter(each.shape.file for each in self.declared.policies.values())
        place = self.directory / name
        if name.endswith(".json") and users[name] == 1 and place.is_file():
            self.written[str(PurePosixPath(name))] = _like(place.read_text("utf-8-sig"), live)
            return
        new = f"policies/{policy.shape.type}/{policy.key}.json"
        stem, number = new.removesuffix(".json"), 1
        while new in self.names():
            number += 1
            new = f"{stem}-{number}.json"
        self.add(new, live)
        self.editor.set((*policy.at, "file"), new)
        self.editor.remove((*policy.at, "vars"))


def _like(old: str, content: Json) -> str:
    """The document as JSON with the indentation that it has."""
    found = _INDENT.search(old)
    if found is None:
        return dumps(content) if "\n" in old.strip() else dumps(content, indent=None)
    return json_text(json.dumps(content, indent=found[1], ensure_ascii=False)) + "\n"
