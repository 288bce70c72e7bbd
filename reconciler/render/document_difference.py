"""What differs between two policy documents, as values: by statement in SCPs and RCPs, by leaf in all the others.

`difference` is pure and never raises: a document that is not of its language's shape is compared leaf by leaf. Values
are compared as the service reads them (see `model.document`), so what means the same is no difference. Statements are
paired by Sid, then by how much they have in common.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Literal, NamedTuple

from reconciler.model.base import Json
from reconciler.model.document import Language, canonical_statement, listed, minified, minified_sorted
from reconciler.model.reference import padded

Path = tuple[str, ...]
_Statement = dict[str, Json]

_LEAST_IN_COMMON = 0.34
_ORDER = ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")


class ValueDifference(NamedTuple):
    """The values at one path that come and go; `kept` counts those that stay. Where `is_set` is false it is one value
    that is replaced, appears or disappears."""

    path: Path
    removed: tuple[str, ...]
    added: tuple[str, ...]
    kept: int = 0
    is_set: bool = True


class StatementDifference(NamedTuple):
    """One statement that is added, removed or changed. `label` is its Sid, or `#3` for the third without one;
    `statement` is the new one, or the old one where it is removed; `values` are those of a changed one."""

    label: str
    change: Literal["added", "removed", "changed"]
    statement: Mapping[str, Json]
    values: tuple[ValueDifference, ...] = ()


class DocumentDifference(NamedTuple):
    """Everything that differs, in the order of the documents. Sizes are those of the minified document, in characters,
    with each id that is not known yet at its greatest length; `None` where there is no document on that side."""

    statements: tuple[StatementDifference, ...]
    leaves: tuple[ValueDifference, ...]
    size_before: int | None
    size_after: int | None


def difference(before: Json, after: Json, language: Language) -> DocumentDifference:
    """What makes `after` of `before`; either may be `None`, for a policy which is created or deleted."""
    statements: tuple[StatementDifference, ...] = ()
    rest_before, rest_after = before, after
    if language != "declarative":
        old, new = _statements(before), _statements(after)
        if old is not None and new is not None:
            statements = tuple(_statement_differences(old, new))
            rest_before, rest_after = _around_statements(before, after), _around_statements(after, before)
    leaves = tuple(_leaf_differences(rest_before, rest_after))
    return DocumentDifference(statements, leaves, size(before), size(after))


def size(document: Json) -> int | None:
    """The characters of the document as it is sent."""
    return None if document is None else len(minified(padded(document)))


def _statements(document: Json) -> list[_Statement] | None:
    """The statements, or `None` where the document has another shape."""
    if document is None:
        return []
    found = listed(document["Statement"]) if isinstance(document, dict) and "Statement" in document else [None]
    statements = [each for each in found if isinstance(each, dict)]
    return statements if len(statements) == len(found) else None


def _around_statements(document: Json, other: Json) -> Json:
    """The elements beside `Statement`; `Version` only where there is another document to differ from."""
    left_out = ("Statement",) if isinstance(other, dict) else ("Statement", "Version")
    return {key: each for key, each in document.items() if key not in left_out} if isinstance(document, dict) else {}


class _Numbered(NamedTuple):
    place: int
    statement: _Statement
    canonical: str
    sid: str | None
    values: frozenset[Path]


def _numbered(statements: list[_Statement]) -> list[_Numbered]:
    return [
        _Numbered(index, each, minified_sorted(canonical_statement(each)), _sid(each), frozenset(_all_values(each)))
        for index, each in enumerate(statements)
    ]


def _sid(statement: Mapping[str, Json]) -> str | None:
    sid = statement.get("Sid")
    return sid if isinstance(sid, str) and sid else None


def _statement_differences(before: list[_Statement], after: list[_Statement]) -> Iterator[StatementDifference]:
    pairs = _paired(_numbered(before), _numbered(after))
    for old, new in sorted(pairs, key=_by_place):
        if old is not None and new is not None:
            if old.canonical != new.canonical:
                yield StatementDifference(
                    _label(new), "changed", new.statement, tuple(_changed_values(old.statement, new.statement))
                )
        elif new is not None:
            yield StatementDifference(_label(new), "added", new.statement)
        elif old is not None:
            yield StatementDifference(_label(old), "removed", old.statement)


def _label(numbered: _Numbered) -> str:
    return numbered.sid or f"#{numbered.place + 1}"


_Pair = tuple[_Numbered | None, _Numbered | None]


def _by_place(pair: _Pair) -> tuple[int, int]:
    old, new = pair
    return (new.place, 1) if new is not None else (old.place if old is not None else 0, 0)


def _paired(before: list[_Numbered], after: list[_Numbered]) -> list[_Pair]:
    pairs: list[_Pair] = []
    left, right = list(before), list(after)

    def take(old: _Numbered, new: _Numbered) -> None:
        left.remove(old)
        right.remove(new)
        pairs.append((old, new))

    for old in before:
        if same := next((new for new in right if new.canonical == old.canonical), None):
            take(old, same)
    for old in list(left):
        if same := next((new for new in right if old.sid is not None and new.sid == old.sid), None):
            take(old, same)
    for _, old, new in sorted(_likenesses(left, right), key=lambda each: (-each[0], each[1].place, each[2].place)):
        if old in left and new in right:
            take(old, new)
    return [*pairs, *((old, None) for old in left), *((None, new) for new in right)]


def _likenesses(before: list[_Numbered], after: list[_Numbered]) -> Iterator[tuple[float, _Numbered, _Numbered]]:
    for old, new in product(before, after):
        everything = old.values | new.values
        likeness = len(old.values & new.values) / len(everything) if everything else 0.0
        if likeness >= _LEAST_IN_COMMON:
            yield likeness, old, new


def _all_values(statement: Mapping[str, Json]) -> Iterator[Path]:
    """Every value with its path, without what nearly all statements have in common."""
    for path, element in _elements(statement).items():
        if path not in (("Sid",), ("Effect",)):
            yield from ((*path, value) for value in element.values if value != "*")


def _changed_values(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[ValueDifference]:
    old, new = _elements(before), _elements(after)
    for path in sorted({*old, *new}, key=_by_element):
        yield from _value_difference(old.get(path), new.get(path))


def _by_element(path: Path) -> tuple[int, Path]:
    return (_ORDER.index(path[0]) if path[0] in _ORDER else len(_ORDER), path)


class _Element(NamedTuple):
    """The values at one path, all as they are written, by how they are compared."""

    path: Path
    values: dict[str, str]
    is_set: bool = True


def _value_difference(old: _Element | None, new: _Element | None) -> Iterator[ValueDifference]:
    was, becomes = old.values if old else {}, new.values if new else {}
    removed = tuple(shown for value, shown in was.items() if value not in becomes)
    added = tuple(shown for value, shown in becomes.items() if value not in was)
    found = new or old
    if found is not None and (removed or added):
        yield ValueDifference(found.path, removed, added, len(was) - len(removed), found.is_set)


def _elements(statement: Mapping[str, Json]) -> dict[Path, _Element]:
    """A statement as sets of values: ("Action",), ("Condition", operator, key), ("Principal", type)."""
    found: dict[Path, _Element] = {}
    for element, content in statement.items():
        if element == "Condition" and isinstance(content, dict) and content:
            for operator, keys in content.items():
                for key, values in keys.items() if isinstance(keys, dict) and keys else [("", keys)]:
                    folded = ("Condition", operator, key.lower())
                    earlier = found.get(folded, _Element(("Condition", operator, key), {}))
                    found[folded] = earlier._replace(values=earlier.values | _values(values))
        elif element.endswith("Principal") and isinstance(content, dict) and content:
            for principal_type, values in content.items():
                found[(element, principal_type)] = _Element((element, principal_type), _values(values))
        else:
            folded_values = _values(content, fold_case=element.endswith("Action"))
            found[(element,)] = _Element((element,), folded_values, element not in ("Sid", "Effect"))
    return found


def _values(content: Json, *, fold_case: bool = False) -> dict[str, str]:
    """The values as they are written, by how they are compared; an empty list is a value, for it is not nothing."""
    shown = [shown_value(each) for each in listed(content) or [content]]
    return {each.lower() if fold_case else each: each for each in shown}


def shown_value(value: Json) -> str:
    """A string as it is, everything else as JSON."""
    return value if isinstance(value, str) else minified(value)


def _leaf_differences(before: Json, after: Json) -> Iterator[ValueDifference]:
    old = {} if before is None else _leaves(before)
    new = {} if after is None else _leaves(after)
    for path in sorted({*old, *new}):
        yield from _value_difference(old.get(path), new.get(path))


def _leaves(value: Json, path: Path = ()) -> dict[Path, _Element]:
    """Every leaf below; a list is one leaf, compared as a set, and so is an empty object."""
    if isinstance(value, dict) and value:
        return {leaf: each for key, below in value.items() for leaf, each in _leaves(below, (*path, key)).items()}
    values = {minified_sorted(each): shown_value(each) for each in listed(value) or [value]}
    return {path: _Element(path, values, isinstance(value, list))}
