"""Rules about tags (API_Tag, orgs_tagging)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

from reconciler.kinds import TOP_LEVEL, sections_of
from reconciler.kinds.tag import MOST_TAGS
from reconciler.spec.rules.context import RuleContext
from reconciler.spec.tree import Path
from reconciler.spec.wording import counted, quoted

_SIGNS = frozenset("_.:/=+-@")


Written = Mapping[str, str | None]


def _tagged(context: RuleContext) -> Iterator[tuple[Path, Written, str | None]]:
    """Everything with tags: where it is written, the tags, and `tags_mode`."""
    spec = context.declared.spec
    defaults = spec.defaults.accounts
    yield ("defaults", "accounts"), defaults.tags or {}, defaults.tags_mode
    for owner in TOP_LEVEL:
        for _, section in sections_of(owner):
            value = getattr(getattr(spec, owner), section.key)
            for at, each in _shapes((owner, section.key), value):
                yield at, getattr(each, "tags", None) or {}, getattr(each, "tags_mode", None)
    yield ("root",), spec.root.tags or {}, spec.root.tags_mode
    for unit in context.declared.units:
        yield unit.at, unit.shape.tags or {}, unit.shape.tags_mode
    for account in context.declared.accounts:
        yield account.at, account.shape.tags or {}, account.shape.tags_mode or defaults.tags_mode
    for policy in context.declared.policies.values():
        yield policy.at, policy.shape.tags or {}, policy.shape.tags_mode


def _shapes(at: Path, value: object) -> Iterator[tuple[Path, object]]:
    """The value of a section, or each of its values, where it is a mapping of them."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield (*at, key), each
    else:
        yield at, value


def are_valid(context: RuleContext) -> None:
    """Keys of 1 to 128 and values of up to 256 letters, digits, spaces and `_.:/=+-@`; `aws:` is reserved for AWS."""
    for at, tags, mode in _tagged(context):
        for key, value in tags.items():
            path = (*at, "tags", key)
            if problem := _wrong_key(key):
                help = "correct the key; letters, digits, spaces and `_.:/=+-@` are allowed"
                context.report("E317", context.tree.key(path), f"the tag key {quoted(key)} {problem}", help)
            if value is None:
                if mode != "merge":
                    _report_null(context, path, key)
            elif problem := _wrong_text(value, 256):
                help = "correct the value; letters, digits, spaces and `_.:/=+-@` are allowed"
                context.report("E317", context.tree.at(path), f"the value of the tag {quoted(key)} {problem}", help)


def are_not_too_many(context: RuleContext) -> None:
    """At most 50 (orgs_reference_limits); the defaults count where they apply."""
    defaults = context.declared.spec.defaults.accounts.tags or {}
    accounts = {account.at for account in context.declared.accounts}
    for at, tags, _ in _tagged(context):
        own = sum(value is not None for value in tags.values())
        count = sum(value is not None for value in {**defaults, **tags}.values()) if at in accounts else own
        if count > MOST_TAGS:
            inherited = " with those of `defaults.accounts`" if count > own else ""
            message = f"{counted(count, 'tag')}{inherited}; AWS allows {MOST_TAGS}"
            context.report("E318", context.tree.key((*at, "tags")), message, "remove some of them")


def _report_null(context: RuleContext, path: Path, key: str) -> None:
    """`null` removes one key, which only makes sense where others are left alone."""
    help = 'write a text after the `:`, or `""` for an empty one; with `tags_mode: merge` it removes the tag'
    message = f"expected text for {quoted(key)}, found nothing"
    context.report("E203", context.tree.at(path), message, help)


def _wrong_key(key: str) -> str | None:
    if not key:
        return "is empty"
    if key.casefold().startswith("aws:"):
        return "begins with `aws:`, which only AWS can set"
    return _wrong_text(key, 128)


def _wrong_text(text: str, longest: int) -> str | None:
    if len(text) > longest:
        return f"has {counted(len(text), 'character')}; AWS allows {longest}"
    for each in text:
        if each not in _SIGNS and unicodedata.category(each)[0] not in "LZN":
            return f"contains {quoted(each)}, which AWS does not allow in tags"
    return None
