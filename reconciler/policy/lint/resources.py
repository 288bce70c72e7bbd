"""Resources that no request can have, and Region denials that also deny services without a Region of their own.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path as Folder
from typing import Any

from reconciler.model.diagnostic import Finding
from reconciler.model.regions import PARTITIONS
from reconciler.policy.language import patterns
from reconciler.policy.language.catalogue import Catalogue, cached
from reconciler.policy.language.nearest import did_you_mean
from reconciler.policy.language.values import placeholders_in
from reconciler.policy.language.words import listed
from reconciler.policy.lint.findings import Path, warning
from reconciler.policy.lint.located import LocatedStatement

GLOBAL_SERVICES = ("cloudfront", "iam", "organizations", "route53", "sts", "support")
"""Services whose requests (of STS those to the global endpoint) are in us-east-1, whatever the caller's Region."""
_THEIR_REGION = "us-east-1"
_UNRESOLVED = re.compile(r"\$\{|⟨")
_MOST_NAMES = 3


def resource_findings(located: LocatedStatement, actions: Catalogue) -> Iterator[Finding]:
    """Everything suspicious in Resource and NotResource of one statement, and in a denial of Regions."""
    mask = actions.union(located.statement.actions or ()) & actions.listed
    for element in ("Resource", "NotResource"):
        for path, resource in located.patterns(element):
            if _UNRESOLVED.search(resource) or placeholders_in(resource):
                continue
            sections = resource.split(":", 5)
            if len(sections) == 6:
                yield from _arn(resource, sections, path)
                if element == "Resource" and mask:
                    yield from _of_another_service(resource, sections[2], path, mask, actions)
    yield from _global_services(located, actions)


def _arn(resource: str, sections: list[str], path: Path) -> Iterator[Finding]:
    if not patterns.matches_any(sections[1], PARTITIONS):
        help = did_you_mean(sections[1], tuple(PARTITIONS)) or f"known are {', '.join(PARTITIONS)}"
        yield warning("W472", f"{resource} matches nothing: there is no partition {sections[1]!r}", path, help)
    elif resource != resource.strip():
        yield warning("W472", f"{resource!r} matches nothing: it has blanks around it", path, "remove them")
    elif " " in ":".join(sections[:5]) or (sections[2] == "s3" and " " in sections[5].partition("/")[0]):
        yield warning("W472", f"{resource!r} matches nothing: a blank is in it", path, "remove the blank")


def _of_another_service(resource: str, service: str, path: Path, mask: int, actions: Catalogue) -> Iterator[Finding]:
    """Where no action of the statement has resources of this service; the service `""` is for any."""
    if not service or "*" in service or "?" in service:
        return
    found: set[str] = set()
    for name in actions.names(mask):
        prefix, _, action = name.partition(":")
        found.update(_all().get(prefix, {}).get(action.lower(), ()))
        if service in found or "" in found or prefix == service:
            return
    if found:
        names = listed([f"{each} resources" for each in sorted(found)], _MOST_NAMES)
        message = f"{resource} matches nothing: these actions are about {names}"
        yield warning("W472", message, path, "write the ARN of such a resource, or *")


@functools.cache
def _all() -> dict[str, Any]:
    return cached("resources", _build)[1]


def _build(source: Folder) -> dict[str, dict[str, list[str]]]:
    built = {}
    for path in (source / "actions").glob("*.json"):
        types_at = source / "resourceTypes" / path.name
        types = json.loads(types_at.read_text(encoding="utf-8")) if types_at.exists() else {}
        actions = json.loads(path.read_text(encoding="utf-8"))
        built[path.stem] = {name: sorted(_services(action, types)) for name, action in actions.items()}
    return built


def _services(action: dict[str, Any], types: dict[str, Any]) -> set[str]:
    found = set()
    for each in action["resourceTypes"]:
        arn = types.get(each["name"].lower(), {}).get("arn", "").split(":")
        known = len(arn) > 2 and re.fullmatch(r"[a-z0-9-]+", arn[2])
        found.add(arn[2] if known else "")
    return found


def _global_services(located: LocatedStatement, actions: Catalogue) -> Iterator[Finding]:
    if located.statement.effect != "Deny":
        return
    for path, _, predicate in located.conditions():
        if predicate.key != "aws:requestedregion" or not predicate.negated or predicate.variables:
            continue
        if any(
            patterns.matches(patterns.pattern(each), _THEIR_REGION) or placeholders_in(each)
            for each in predicate.values
        ):
            continue
        denied = _denied(located, actions)
        caught = [each for each in GLOBAL_SERVICES if _is_caught(actions.services[each].mask, denied, actions)]
        if caught:
            message = f"this also denies {listed(caught, len(caught))}, whose requests are all in {_THEIR_REGION}"
            help = f"exempt them with NotAction ({', '.join(f'{each}:*' for each in caught)}), or allow {_THEIR_REGION}"
            yield warning("W476", message, path, help)


def _denied(located: LocatedStatement, actions: Catalogue) -> int:
    if located.statement.not_actions is not None:
        return actions.everything & ~actions.union(located.statement.not_actions)
    return actions.union(located.statement.actions or ())


def _is_caught(service: int, denied: int, actions: Catalogue) -> bool:
    """Whether every listed action of the service is denied: an exemption of some of them is deliberate."""
    return not service & actions.listed & ~denied
