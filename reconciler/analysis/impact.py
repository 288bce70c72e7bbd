"""What a change of policies means for people: which actions each group of accounts loses, gains, or has only on a
condition from now on.

Exact over the whole catalogue of actions and, through its unlisted bits, for actions that it does not know. A loss or
gain is certain (`lost`, `gained`) or depends on the request (`restricted`, `relaxed`). That a statement is covered by
another one is recognised statement by statement; where only several together cover it, the change is reported although
it makes no difference. Nothing is ever left out. Accounts with equal impact form one group; chains that are equal are
compared once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from reconciler.analysis.catalogue import Catalogue, catalogue
from reconciler.analysis.chains import Chain
from reconciler.analysis.difference import Difference, Part, difference
from reconciler.analysis.masks import Masks, Side, SideName, denying, patterns_in, policies_in
from reconciler.analysis.risk import Risk, risk_of
from reconciler.analysis.summary import Actions, Summarizer
from reconciler.model.address import Address
from reconciler.model.base import Frozen

About = Literal["principals", "resources"]
Change = Literal["lost", "gained", "restricted", "relaxed"]

_SIDES: tuple[tuple[SideName, About], ...] = (("scp", "principals"), ("rcp", "resources"))
_RANK = {"high": 0, "medium": 1, "low": 2}
_ORDER = {"lost": 0, "gained": 1, "restricted": 2, "relaxed": 3}


class Because(Frozen):
    """A statement behind a change: its Sid or its index in the document. `side` says which version has it."""

    policy: str
    statement: str | int
    side: Literal["before", "after"]


class Line(Frozen):
    """One change: `lost` is denied from now on, `gained` was denied until now; `restricted` and `relaxed` depend on
    `condition` (` if …`, ` unless …`). `missing_allow_at` names levels where no SCP allows the actions any more."""

    change: Change
    actions: Actions
    condition: str | None = None
    because: tuple[Because, ...] = ()
    missing_allow_at: tuple[Address, ...] = ()
    risk: Risk = "low"
    why: str | None = None
    text: str


class Impact(Frozen):
    """What changes for one group of accounts: for their principals (SCPs) or for access to their resources (RCPs)."""

    about: About
    accounts: tuple[Address, ...]
    lines: tuple[Line, ...]
    risk: Risk


def impact(
    before: Mapping[Address, Chain],
    after: Mapping[Address, Chain],
    *,
    actions: Catalogue | None = None,
    protected: Iterable[str] = (),
) -> tuple[Impact, ...]:
    """The impact on every account that is in both, the riskiest group first; empty where nothing changes.

    `protected` are the keys of policies whose statements are not to be lost (`guards.protected`).
    """
    accounts = [each for each in after if each in before]
    policies = policies_in(each for chains in (before, after) for each in chains.values())
    patterns = list(dict.fromkeys(patterns_in(policies)))
    universe = (actions or catalogue()).including(patterns)
    told = _Told(Masks(universe), Summarizer(universe, patterns), frozenset(protected))
    groups: dict[tuple[About, tuple[Line, ...]], list[Address]] = defaultdict(list)
    for name, about in _SIDES:
        for group in _groups(told.masks, before, after, accounts, name):
            lines = told.lines(before[group.members[0]], after[group.members[0]], name, group)
            if lines:
                groups[about, lines] += group.members
    found = [
        Impact(about=about, accounts=tuple(sorted(members)), lines=lines, risk=min((each.risk for each in lines), key=_RANK.__getitem__))
        for (about, lines), members in groups.items()
    ]
    return tuple(sorted(found, key=lambda each: (_RANK[each.risk], -len(each.accounts), each.about, each.accounts)))


class _Group(NamedTuple):
    """Accounts whose sides differ in the same way."""

    members: list[Address]
    before: Side
    after: Side
    difference: Difference


def _groups(
    masks: Masks, before: Mapping[Address, Chain], after: Mapping[Address, Chain], accounts: Iterable[Address], name: SideName
) -> Iterator[_Group]:
    pairs: dict[tuple[Side, Side], list[Address]] = defaultdict(list)
    for account in accounts:
        old, new = masks.side(before[account], name), masks.side(after[account], name)
        if old is not new:
            pairs[old, new].append(account)
    for (old, new), members in pairs.items():
        found = difference(old, new)
        if found.parts:
            yield _Group(members, old, new, found)


class _Told:
    """Tells differences in words, each distinct one once."""

    def __init__(self, masks: Masks, summarize: Summarizer, protected: frozenset[str]) -> None:
        self.masks = masks
        self._summarize = summarize
        self._protected = protected
        self._lines: dict[object, tuple[Line, ...]] = {}

    def lines(self, before: Chain, after: Chain, name: SideName, group: _Group) -> tuple[Line, ...]:
        """The lines of a group, which `before` and `after` are the chains of one account of."""
        old, new = self._sources(before, name), self._sources(after, name)
        missing = self._missing(before, after) if name == "scp" else {}
        found = [self._line(part, old, new, missing, after) for part in group.difference.parts]
        return tuple(sorted(found, key=lambda each: (_RANK[each.risk], _ORDER[each.change], each.text)))

    def _line(self, part: Part, old: _Sources, new: _Sources, missing: Mapping[Address, int], chain: Chain) -> Line:
        ...


_Sources = list[tuple[int, frozenset[object], Because]]
