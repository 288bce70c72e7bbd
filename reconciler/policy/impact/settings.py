"""What a change of declarative policies means: the settings of effective policies that differ afterwards.

Accounts of which the same settings differ in the same way form one group. What the order of attachments decides, and
what was not read, is not known on either side: it is reported only where it may differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.document import value_text
from reconciler.model.effective import EffectivePolicy, EffectiveSetting, Path
from reconciler.model.impact import ActionSet, Impact, ImpactLine, Risk, SettingChange
from reconciler.model.inventory import Inventory
from reconciler.model.policy_types import BY_SHORT
from reconciler.model.resources import Account, Policy
from reconciler.policy.effective.inheritance import value_key, without
from reconciler.policy.effective.organization import DECLARATIVE, effective_policies

_NO_ACTIONS = ActionSet(text="none", count=0, include=())


def settings_impact(before: Inventory, after: Inventory) -> tuple[Impact, ...]:
    """The settings that differ for accounts that are in both, by policy type."""
    types = {each.type for side in (before, after) for each in side.of(Policy)}
    types |= {each.kind for side in (before, after) for each in side.unread()}
    return tuple(each for name in DECLARATIVE if name in types for each in _of_type(name, before, after))


def _of_type(type_short: str, before: Inventory, after: Inventory) -> Iterator[Impact]:
    old, new = effective_policies(before, type_short), effective_policies(after, type_short)
    moved = _moved(before, after) if any(each.kind == type_short for each in before.unread()) else frozenset()
    compared: dict[tuple[int, int], tuple[ImpactLine, ...]] = {}
    groups: dict[tuple[str, ...], _Group] = defaultdict(_Group)
    for account in sorted(old.keys() & new.keys()):
        one, other = old[account], new[account]
        key = (id(one.settings), id(other.settings))
        if account not in moved and key not in compared:
            compared[key] = tuple(_lines(one, other))
        lines = (_not_read(other),) if account in moved else compared[key]
        if lines:
            groups[tuple(each.text for each in lines)].add(account, lines)
    for group in sorted(groups.values(), key=lambda each: (-len(each.accounts), each.accounts)):
        lines = group.lines()
        risk: Risk = "medium" if any(each.risk == "medium" for each in lines) else "low"
        yield Impact(about="settings", accounts=tuple(group.accounts), lines=lines, risk=risk)


class _Group:
    """Accounts of which the same settings differ in the same way, be it by policies at other levels."""

    def __init__(self) -> None:
        self.accounts: list[Address] = []
        self._lines: dict[int, tuple[ImpactLine, ...]] = {}

    def add(self, account: Address, lines: tuple[ImpactLine, ...]) -> None:
        self.accounts.append(account)
        self._lines[id(lines)] = lines

    def lines(self) -> tuple[ImpactLine, ...]:
        """The lines, each with the policies of all accounts."""
        return tuple(map(self._of_all, zip(*self._lines.values(), strict=True)))

    @staticmethod
    def _of_all(lines: tuple[ImpactLine, ...]) -> ImpactLine:
        because = dict.fromkeys(by for each in lines if each.setting for by in each.setting.because)
        setting = lines[0].setting and lines[0].setting.model_copy(update={"because": tuple(because)})
        return lines[0].model_copy(update={"setting": setting})


def _moved(before: Inventory, after: Inventory) -> frozenset[Address]:
    """The accounts that have another parent afterwards: they may inherit other policies, of which nothing is known."""
    parents = {each.address: each.parent for each in before.of(Account)}
    return frozenset(
        each.address for each in after.of(Account) if parents.get(each.address, each.parent) != each.parent
    )


def _not_read(found: EffectivePolicy) -> ImpactLine:
    label = BY_SHORT[found.type].label
    reasons = ", ".join(dict.fromkeys(each.reason for each in found.unknown))
    text = f"not known what changes: the live {label} documents were not read ({reasons})"
    return _line(SettingChange(type=found.type), text, known=False)


def _lines(before: EffectivePolicy, after: EffectivePolicy) -> Iterator[ImpactLine]:
    old, new = ({each.path: each for each in side.settings} for side in (before, after))
    for path in sorted(_different(old, new)):
        yield _changed(after.type, path, old.get(path), new.get(path))
    for error in after.errors:
        if error not in before.errors:
            text = f"{error.message}: the service keeps the last document that was valid"
            change = SettingChange(type=after.type, path=error.path)
            yield _line(change, text).model_copy(update={"risk": "medium", "why": "the merged policies are not valid"})


def _different(old: Mapping[Path, EffectiveSetting], new: Mapping[Path, EffectiveSetting]) -> set[Path]:
    changed = [path for path in sorted(old.keys() | new.keys()) if old.get(path) != new.get(path)]
    if not changed:
        return set()
    from deepdiff import DeepDiff

    paths = {f"setting-{place}": path for place, path in enumerate(changed)}
    one, other = ({key: _outcomes(side[path]) for key, path in paths.items() if path in side} for side in (old, new))
    found = DeepDiff(one, other, threshold_to_diff_deeper=0)  # key by key, also where the sides have little in common
    return {paths[each] for each in found.affected_root_keys}


def _outcomes(found: EffectiveSetting) -> list[str]:
    """The values that the setting has or may have, whatever the order in lists."""
    values = [each.value for each in found.alternatives] if found.alternatives else [found.value]
    return sorted(map(value_key, values))


def _changed(
    type_short: str, path: Path, before: EffectiveSetting | None, after: EffectiveSetting | None
) -> ImpactLine:
    name = ".".join(path)
    if any(each.alternatives for each in (before, after) if each is not None):
        return _not_known(type_short, path, before, after)
    old, new = before.value if before else None, after.value if after else None
    added, removed = _members(new, old), _members(old, new)
    because = (after or before or EffectiveSetting(path=path)).because
    change = SettingChange(
        type=type_short, path=path, before=old, after=new, added=added, removed=removed, because=because
    )
    if before is None:
        return _line(change, f"{name}: newly {value_text(new)}")
    if after is None:
        return _line(change, f"{name}: no longer set (was {value_text(old)})")
    members = [*(f"+ {value_text(each)}" for each in added), *(f"- {value_text(each)}" for each in removed)]
    return _line(change, f"{name}: {', '.join(members) or f'{value_text(old)} → {value_text(new)}'}")


def _not_known(
    type_short: str, path: Path, before: EffectiveSetting | None, after: EffectiveSetting | None
) -> ImpactLine:
    """The order of attachments decides before the plan, after it, or both."""
    sides = [_possible(each) for each in (before, after)]
    because = (one for each in (after or before,) if each for outcome in each.alternatives for one in outcome.because)
    change = SettingChange(type=type_short, path=path, because=tuple(dict.fromkeys(because)))
    return _line(change, f"{'.'.join(path)}: {' → '.join(sides)}", known=False)


def _possible(found: EffectiveSetting | None) -> str:
    if found is None:
        return "(not set)"
    if not found.alternatives:
        return value_text(found.value)
    return f"not known ({' or '.join(value_text(each.value) for each in found.alternatives)})"


def _line(change: SettingChange, text: str, *, known: bool = True) -> ImpactLine:
    return ImpactLine(change="changed" if known else "unknown", actions=_NO_ACTIONS, text=text, setting=change)


def _members(one: Json, other: Json) -> tuple[Json, ...]:
    """What is in one list and not in the other."""
    return tuple(without(one, other)) if isinstance(one, list) and isinstance(other, list) else ()
