"""What a policy forbids, as a set that can be compared: one atom for each action of each Deny statement.

An account keeps a Deny while one of the policies in force holds the atom. Statements are taken apart by action, so a
Deny that moves from one policy or statement to another is recognised as the same one.
"""

from __future__ import annotations

from reconciler.model.base import Json
from reconciler.model.document import canonical, listed, minified_sorted


def deny_atoms(content: Json) -> frozenset[str]:
    """The atoms of an SCP's or RCP's Deny statements; none for documents of another shape."""
    atoms = set()
    for statement in deny_statements(canonical(content, "scp")):
        rest = {key: value for key, value in statement.items() if key not in ("Sid", "Action", "Effect")}
        for action in listed(statement.get("Action")):
            atoms.add(minified_sorted([action, rest]))
    return frozenset(atoms)


def deny_statements(content: Json) -> list[dict[str, Json]]:
    """The Deny statements of a document, as they are written."""
    statements = listed(content.get("Statement")) if isinstance(content, dict) else []
    return [each for each in statements if isinstance(each, dict) and each.get("Effect") == "Deny"]
