"""What a policy forbids, as a set that can be compared: one atom for each action of each Deny statement.

An account keeps a Deny while one of the policies in force holds the atom. Statements are taken apart by action, so a
Deny that moves from one policy or statement to another is recognised as the same one.
"""

from __future__ import annotations

from reconciler.model.base import Json
from reconciler.model.document import canonical, listed, minified_sorted


def deny_atoms(content: Json) -> frozenset[str]:
    """The atoms of an SCP's or RCP's Deny statements; none for documents of another shape."""
    document = canonical(content, "scp")
    if not isinstance(document, dict):
        return frozenset()
    atoms = set()
    for statement in listed(document.get("Statement")):
        if not isinstance(statement, dict) or statement.get("Effect") != "Deny":
            continue
        rest = {key: value for key, value in statement.items() if key not in ("Sid", "Action", "Effect")}
        for action in listed(statement.get("Action")):
            atoms.add(minified_sorted([action, rest]))
    return frozenset(atoms)
