"""The documents that the service accepts for policy types other than SCP and RCP.

`schema` is the vocabulary, the other modules are the types in it. Where the service was seen to refuse a document, or
its documentation says so, the finding is an error; where the syntax is published in part only, it is a warning.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_declarative_policies.html
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.base import Json
from reconciler.model.diagnostic import Finding
from reconciler.policy.lint.declarative import backup, tag
from reconciler.policy.lint.declarative.schema import Syntax, walk, walk_unknown
from reconciler.policy.lint.declarative.types import SYNTAX as OTHERS

SYNTAX: dict[str, Syntax] = {"tag": tag.SYNTAX, "backup": backup.SYNTAX, **OTHERS}
"""By policy type. The syntax of a type that is absent is not published: only its operators are checked."""


def check_declarative(type_short: str, document: dict[str, Json]) -> Iterator[Finding]:
    """What is wrong with the document of a policy type other than SCP and RCP."""
    syntax = SYNTAX.get(type_short)
    if syntax is None:
        yield from walk_unknown(document)
        return
    yield from walk(syntax, document)
    if type_short == "tag":
        yield from tag.check_keys(document)
        yield from tag.check_types(document)
    elif type_short == "backup":
        yield from backup.check_rules(document)
