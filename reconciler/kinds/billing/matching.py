"""Which costs a rule of a cost category matches, and a budget counts: the expressions of Cost Explorer, and the short
form in which a spec writes the usual ones.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Expression.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any, Self, TypeAlias

from pydantic import Field

from reconciler.model.address import Address
from reconciler.model.base import Frozen, Json
from reconciler.model.reference import references_in, resolved

DIMENSIONS: Mapping[str, str] = {
    "accounts": "LINKED_ACCOUNT",
    "account_names": "LINKED_ACCOUNT_NAME",
    "services": "SERVICE_CODE",
    "regions": "REGION",
    "charge_types": "RECORD_TYPE",
    "usage_types": "USAGE_TYPE",
}
"""The dimensions of the API by their names in a spec."""
_FIELDS = {api: name for name, api in DIMENSIONS.items()}
KEYED: Mapping[str, str] = {"tags": "Tags", "cost_categories": "CostCategories"}
"""What has a key and values, likewise."""
_DEFAULT_OPTIONS = frozenset({"EQUALS", "CASE_SENSITIVE"})
_LEAVES = ("Dimensions", *KEYED.values())

_UNSET = Field(exclude_if=lambda value: value is None)
Values: TypeAlias = Annotated[tuple[str, ...] | None, _UNSET]
Keyed: TypeAlias = Annotated[dict[str, tuple[str, ...]] | None, _UNSET]
Expression: TypeAlias = Annotated[Json, _UNSET]


class Matches(Frozen):
    """What costs have to be to match: all that is set. Values are sorted. `accounts` are ids, or references to ids that
    are not known yet; `expression` is one of the API, for whatever the other fields cannot say."""

    accounts: Values = None
    account_names: Values = None
    services: Values = None
    regions: Values = None
    charge_types: Values = None
    usage_types: Values = None
    tags: Keyed = None
    cost_categories: Keyed = None
    expression: Expression = None

    def with_ids(self, id_of: Callable[[Address], str | None]) -> Self:
        """The same with every account by its id, where that is known."""
        if self.accounts is None:
            return self
        return self.model_copy(update={"accounts": sorted_values(str(resolved(each, id_of)) for each in self.accounts)})

    def references(self) -> Iterator[Address]:
        """The accounts whose ids are not known yet."""
        yield from references_in([*(self.accounts or ())])

    @property
    def categories(self) -> tuple[str, ...]:
        """The names of the cost categories that it depends on."""
        return tuple(sorted({*(self.cost_categories or ()), *_categories_in(self.expression)}))


def sorted_values(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))


def expression_of(matches: Matches) -> Json:
    """The expression of the API; `None` where everything matches."""
    leaves = [*_leaves(matches)]
    return leaves[0] if len(leaves) == 1 else {"And": leaves} if leaves else None


def _leaves(matches: Matches) -> Iterator[Json]:
    for name, key in DIMENSIONS.items():
        if values := getattr(matches, name):
            yield {"Dimensions": {"Key": key, "Values": [*values]}}
    for name, member in KEYED.items():
        for key, values in sorted((getattr(matches, name) or {}).items()):
            yield {member: {"Key": key, "Values": [*values]}}
    if matches.expression is not None:
        yield matches.expression


def fields_of(expression: Json, names: Iterable[str] = (*DIMENSIONS, *KEYED)) -> dict[str, Any]:
    """The fields of `Matches` for an expression of the API, with those of these names only where they can say it."""
    form = canonical(expression)
    if not isinstance(form, dict) or not form:
        return {}
    both = form.get("And")
    found: dict[str, Any] = {}
    for each in both if isinstance(both, list) and len(form) == 1 else [form]:
        name, value = _field(each) or ("", ())
        if name not in names:
            return {"expression": form}
        if isinstance(value, dict) and not found.get(name, {}).keys() & value.keys():
            found[name] = {**found.get(name, {}), **value}
        elif name not in found:
            found[name] = value
        else:
            return {"expression": form}
    return found


def _field(leaf: Json) -> tuple[str, tuple[str, ...] | dict[str, tuple[str, ...]]] | None:
    """The field that says the same as a part of an expression, with its value."""
    if not isinstance(leaf, dict) or len(leaf) != 1:
        return None
    ((member, content),) = leaf.items()
    if not isinstance(content, dict) or content.keys() != {"Key", "Values"}:
        return None
    key, values = str(content["Key"]), content["Values"]
    assert isinstance(values, list)
    texts = sorted_values(map(str, values))
    if member == "Dimensions":
        return (_FIELDS[key], texts) if key in _FIELDS and texts else None
    return next(((name, {key: texts}) for name, api in KEYED.items() if api == member and texts), None)


def canonical(expression: Json) -> Json:
    """The form in which two expressions that mean the same are equal: without options that are the default, and with
    sorted values."""
    if isinstance(expression, list):
        return [canonical(each) for each in expression]
    if not isinstance(expression, dict):
        return expression
    found: dict[str, Json] = {}
    for member, content in sorted(expression.items()):
        if member == "Values" and isinstance(content, list):
            found[member] = [*sorted({str(each) for each in content})]
        elif member == "MatchOptions" and isinstance(content, list):
            options = {str(each) for each in content}
            if not options <= _DEFAULT_OPTIONS:
                found[member] = [*sorted(options)]
        elif content not in (None, [], {}):
            found[member] = canonical(content)
    return found


def wrong_part(expression: Json, *members: str) -> str | None:
    """What is wrong with the form of an expression of the API, as a sentence; `None` where nothing is."""
    known = ("And", "Or", "Not", *_LEAVES, *members)
    if not isinstance(expression, dict) or len(expression) != 1:
        return f"an expression has one of {', '.join(known)}"
    ((member, content),) = expression.items()
    if member not in known:
        return f"an expression has one of {', '.join(known)}, not `{member}`"
    if member == "Not":
        return wrong_part(content, *members)
    if member in ("And", "Or"):
        if not isinstance(content, list) or not content:
            return f"`{member}` is a list of expressions"
        return next(filter(None, (wrong_part(each, *members) for each in content)), None)
    if not isinstance(content, dict) or not isinstance(content.get("Key"), str):
        return f"`{member}` has a `Key` and `Values`"
    values = content.get("Values", [])
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        return f"`Values` of `{member}` is a list of texts"
    return None


def _categories_in(expression: Json) -> Iterator[str]:
    if isinstance(expression, list):
        for each in expression:
            yield from _categories_in(each)
    elif isinstance(expression, dict):
        for member, content in expression.items():
            if member == "CostCategories" and isinstance(content, dict):
                yield str(content.get("Key"))
            else:
                yield from _categories_in(content)
