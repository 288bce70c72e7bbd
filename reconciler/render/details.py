"""The details of a change, line by line, for text and Markdown. Strings are not escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.model.address import local
from reconciler.model.base import Json
from reconciler.model.document import listed
from reconciler.model.plan import Change
from reconciler.model.reference import REFERENCE
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType, Resource, Root, Tags
from reconciler.render.document_difference import (
    DocumentDifference,
    StatementDifference,
    ValueDifference,
    difference,
    shown_value,
)
from reconciler.render.words import changed_fields, language, limit, place

_FEW = 5
"""Values of a statement that are shown without `verbose`."""


@dataclass(frozen=True)
class Detail:
    """One line: a label, the removed and the added values. `replaces`: the added value replaces the removed one;
    `kept`: how many values stay; `quiet`: a remark; `sentence`: the value is a statement as a sentence."""

    label: str
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    kept: int = 0
    depth: int = 0
    replaces: bool = False
    quiet: bool = False
    sentence: bool = False


def details(change: Change, *, verbose: bool = False, live_side: bool = False) -> Iterator[Detail]:
    """The details of a change; from the live side, desired values are the removed and live values the added
    ones."""
    before, after = (change.after, change.before) if live_side else (change.before, change.after)
    if isinstance(change.resource, Policy | Root | OrganizationalUnit | Account):
        yield from _core(change, before, after, verbose)
    elif not isinstance(change.resource, Attachment | PolicyType):
        yield from _any(before, after, change.resource)


def _core(change: Change, before: Resource | None, after: Resource | None, verbose: bool) -> Iterator[Detail]:
    fields = changed_fields(change)
    if isinstance(after, Account) and before is None and after.name and after.name != local(after.address):
        yield Detail("name", added=(after.name,))
    for name in ("name", "description", "parent", "email") if before and after else ():
        if name in fields or name == "parent":
            yield from _replaced(name, _text(before, name), _text(after, name))
    tags = change.action in ("create", "replace", "update", "rename")
    if isinstance(policy := change.resource, Policy):
        if not (before and after) or "content" in fields:
            found = difference(getattr(before, "content", None), getattr(after, "content", None), language(policy))
            yield from document_details(found, limit(policy), verbose=verbose)
        tags = not (before and after) or "tags" in fields
    if tags:
        yield from _tags(getattr(before, "tags", None), getattr(after, "tags", None))


def _text(resource: Resource | None, name: str) -> str | None:
    value = getattr(resource, name, None)
    return place(value) if name == "parent" and value is not None else value


def _any(before: Resource | None, after: Resource | None, resource: Resource) -> Iterator[Detail]:
    """Any other kind: its fields, leaf by leaf, without its references and what is empty."""
    hidden = resource.references()

    def shown(side: Resource | None) -> dict[str, Json]:
        fields = side.fields() if side else {}
        return {name: value for name, value in fields.items() if value not in hidden and value != ""}

    old, new = shown(before), shown(after)
    for leaf in difference(old, new, "declarative").leaves:
        if leaf.path and (*leaf.removed, *leaf.added) != (local(resource.address),):
            yield _value_detail(leaf)


def _replaced(label: str, old: str | None, new: str | None) -> Iterator[Detail]:
    if (old or "") != (new or ""):
        yield Detail(label, (old,) if old else (), (new,) if new else (), replaces=True)


def _tags(old: Tags | None, new: Tags | None) -> Iterator[Detail]:
    was, becomes = old or {}, new or {}
    for key in sorted(was.keys() & becomes.keys()):
        if was[key] != becomes[key]:
            yield Detail(f"tag {key}", (was[key] or '""',), (becomes[key] or '""',), replaces=True)
    removed = tuple(f"{key}={was[key]}" for key in sorted(was.keys() - becomes.keys()))
    added = tuple(f"{key}={becomes[key]}" for key in sorted(becomes.keys() - was.keys()))
    if removed or added:
        yield Detail("tags", removed, added)


def document_details(found: DocumentDifference, most: int | None, *, verbose: bool = False) -> Iterator[Detail]:
    """The difference of two documents, statement by statement, and their sizes."""
    for statement in found.statements:
        yield from _statement(statement, verbose)
    for leaf in found.leaves:
        yield _value_detail(leaf)
    if found.size_before is not None and found.size_after is not None and not (found.statements or found.leaves):
        yield Detail("the document is written in another way", quiet=True)
    sizes = [f"{each:,}" for each in (found.size_before, found.size_after) if each is not None]
    if found.size_after is not None:
        yield Detail(f"document {' → '.join(sizes)}{f' of {most:,}' if most else ''} characters", quiet=True)


def _statement(statement: StatementDifference, verbose: bool) -> Iterator[Detail]:
    label = f"statement {statement.label}"
    if statement.change == "changed":
        yield Detail(f"{label} ({shown_value(statement.statement.get('Effect'))})", sentence=True)
        for value in statement.values:
            yield _value_detail(value, depth=1)
        return
    text = (statement_in_words(statement.statement, verbose=verbose),)
    added = statement.change == "added"
    yield Detail(label, added=text if added else (), removed=() if added else text, sentence=True)


def _value_detail(value: ValueDifference, depth: int = 0) -> Detail:
    element, *rest = value.path or ("document",)
    label = " ".join(reversed(rest)) if element == "Condition" and rest else ".".join((element, *rest))
    return Detail(
        known_after_apply(label),
        tuple(map(known_after_apply, value.removed)),
        tuple(map(known_after_apply, value.added)),
        value.kept,
        depth,
        not value.is_set and bool(value.removed and value.added),
    )


def known_after_apply(text: str) -> str:
    """The text with references to ids that do not exist yet in words."""
    return REFERENCE.sub(lambda match: f"(id of {match[1].replace(':', ' ').strip()}, known after apply)", text)


def statement_in_words(statement: Mapping[str, Json], *, verbose: bool = False) -> str:
    """One statement as one sentence: `Deny s3:PutBucketAcl on arn:... if aws:PrincipalArn ArnNotLike arn:...`."""
    parts = [shown_value(statement.get("Effect"))]
    parts += _element(statement, "Action", "every action", verbose)
    parts += ["for", *found] if (found := _element(statement, "Principal", "", verbose)) else []
    parts += ["on", *found] if (found := _element(statement, "Resource", "", verbose)) else []
    conditions = list(_conditions(statement.get("Condition"), verbose))
    if conditions:
        parts += ["if", " and ".join(conditions)]
    return known_after_apply(" ".join(parts))


def _element(statement: Mapping[str, Json], name: str, everything: str, verbose: bool) -> list[str]:
    """`Action` or `NotAction` in words; nothing where it is everything and `everything` is empty."""
    if f"Not{name}" in statement:
        return ["everyone" if name == "Principal" else "everything", "except",
                _some(_flat(statement[f"Not{name}"]), verbose)]  # fmt: skip
    values = _flat(statement.get(name, "*"))
    if values == ["*"]:
        return [everything] if everything else []
    return [_some(values, verbose)]


def _flat(value: Json) -> list[str]:
    if isinstance(value, dict):
        return [f"{key}:{shown_value(each)}" for key, below in value.items() for each in listed(below)]
    return [shown_value(each) for each in listed(value)]


def _conditions(condition: Json, verbose: bool) -> Iterable[str]:
    for operator, keys in condition.items() if isinstance(condition, dict) else [("", condition)]:
        for key, values in keys.items() if isinstance(keys, dict) else [("", keys)]:
            if values is not None:
                yield " ".join(part for part in (key, operator, _some(_flat(values), verbose)) if part)


def _some(values: Sequence[str], verbose: bool) -> str:
    if verbose or len(values) <= _FEW:
        return ", ".join(values)
    return f"{', '.join(values[: _FEW - 1])} and {len(values) - _FEW + 1:,} more"
