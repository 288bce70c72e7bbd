"""What a plan means for people, as text: as a part of the plan, and on its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from reconciler.model.address import Address
from reconciler.model.impact import AccessEntry, Impact, ImpactLine
from reconciler.model.scope import Coverage
from reconciler.render.impact import (
    RISKY,
    access_mark,
    accounts_at_risk,
    coverage_note,
    folded,
    heading,
    mark,
    named,
    remarks,
    risk_words,
)
from reconciler.render.text.layout import (
    BAD,
    BLANK,
    BOLD,
    DIM,
    GOOD,
    HEAD,
    STEP,
    WARN,
    Row,
    TextStyle,
    printed,
    sentence,
    words,
)
from reconciler.render.words import count, policy_label

_FEW_GROUPS, _FEW_LINES = 8, 6
_FEW_ENTRIES = 20
_STYLES = {"-": BAD, "+": GOOD}
_RISKS = {"high": BAD, "medium": WARN}
_WORDS = {"outage": BAD, "exposure": f"{BOLD} {WARN}"}


def impact(
    impact: Sequence[Impact],
    *,
    width: int,
    color: bool,
    unicode: bool = True,
    verbose: bool = False,
    access: Sequence[AccessEntry] = (),
    coverage: Coverage | None = None,
) -> str:
    """What each group of accounts can no longer, or newly, do, and who gains and loses access."""
    look = TextStyle(width, color, unicode)
    rows = [] if impact or access else [sentence("No permission is gained or lost.", f"{BOLD} {GOOD}")]
    rows += impact_rows(impact, look, verbose=verbose, access=access, coverage=coverage)
    return printed(rows, look)


def impact_rows(
    impact: Sequence[Impact],
    look: TextStyle,
    *,
    verbose: bool,
    access: Sequence[AccessEntry] = (),
    coverage: Coverage | None = None,
    short: bool = False,
    title: str | None = None,
) -> Iterator[Row]:
    """The section of a plan; of its lines, only what is not known where nobody gains or loses. With `short`, settings
    that accounts did not have before are counted. The title, which must be safe, is the one of a plan by default."""
    new = [each for each in impact if short and _only_new_settings(each)]
    groups = [each for each in impact if each not in new]
    alone = not groups and not access
    if (impact or access) and not (new and alone):
        yield Row((Text(title, HEAD),)) if title else _title(impact)
    shown = groups if verbose else groups[:_FEW_GROUPS]
    for group in shown:
        yield from _group(group, look, verbose)
    if len(groups) > len(shown):
        yield sentence(f"and {len(groups) - len(shown):,} more groups of accounts (--verbose lists all)", indent=STEP)
    yield from _new_settings(new, look, alone=alone)
    yield from _access(access, look, verbose)
    note = coverage_note(coverage)
    if note:
        yield sentence(note, DIM, indent=STEP * bool(impact or access))
    if impact or access or note:
        yield BLANK


def _title(impact: Sequence[Impact]) -> Row:
    """`What it means for people: outage for 3 accounts, exposure for 1 account`."""
    risks = [
        [Text(word, _WORDS[word]), *words(f"for {count(number, 'account')}")]
        for word, number in accounts_at_risk(impact)
    ]
    for each in risks[:-1]:
        each[-1].append(",")
    title = f"What it means for people{':' if risks else ''}"
    return Row((Text(title, HEAD), *(piece for each in risks for piece in each)), "", STEP)


def _only_new_settings(group: Impact) -> bool:
    return all(
        line.setting is not None and line.change == "changed" and line.setting.before is None and line.risk == "low"
        for line in group.lines
    )


def _new_settings(groups: Sequence[Impact], look: TextStyle, *, alone: bool) -> Iterator[Row]:
    """A line for the accounts that get the same settings; as the whole section where there is nothing else."""
    found: dict[tuple[Address, ...], list[Impact]] = {}
    for group in groups:
        found.setdefault(group.accounts, []).append(group)
    if alone and len(found) == 1:
        text = f"{_getting(groups)} (--verbose lists them)"
        yield Row((Text("What it means for people:", HEAD), *words(text)), "", STEP)
        return
    if alone and found:
        yield _title(())
    for same in found.values():
        types = dict.fromkeys(policy_label(each.lines[0].setting.type) for each in same if each.lines[0].setting)
        kinds = ", ".join(each.removesuffix(" policy") for each in types)
        yield Row(
            (*words(f"{_getting(same)} ({kinds}):", BOLD), *_accounts(same[0], look, everyone=False)), STEP, STEP * 2
        )


def _getting(same: Sequence[Impact]) -> str:
    """`3 accounts get 16 new settings`."""
    number, settings = len(same[0].accounts), sum(len(each.lines) for each in same)
    return f"{count(number, 'account')} {'gets' if number == 1 else 'get'} {count(settings, 'new setting')}"


def _accounts(group: Impact, look: TextStyle, *, everyone: bool) -> list[Text]:
    accounts = [look.safe(each) for each in named(group, everyone=everyone)]
    if more := len(group.accounts) - len(accounts):
        accounts.append(f"and {more:,} more")
    return words(", ".join(accounts))


def _access(access: Sequence[AccessEntry], look: TextStyle, verbose: bool) -> Iterator[Row]:
    shown = access if verbose else access[:_FEW_ENTRIES]
    for entry in shown:
        mark = access_mark(entry)
        yield Row((Text(mark, _STYLES.get(mark, WARN)), *words(look.safe(entry.text))), STEP, STEP * 3)
    if len(access) > len(shown):
        more = f"and {len(access) - len(shown):,} more changes of access (--verbose lists all)"
        yield sentence(more, DIM, indent=STEP)


def _group(group: Impact, look: TextStyle, verbose: bool) -> Iterator[Row]:
    counted = words(heading(group), BOLD)
    for index, word in enumerate(risk_words(group)):
        if index:
            counted.append(Text("and", BOLD))
        else:
            counted[-1].append(",")
        counted.append(Text(word, _WORDS[word]))
    counted[-1].append(":")
    yield Row((*counted, *_accounts(group, look, everyone=verbose)), STEP, STEP * 2)
    shown = group.lines if verbose else group.lines[:_FEW_LINES]
    for line in shown:
        yield from _line(line, look)
    if len(group.lines) > len(shown):
        yield sentence(f"and {len(group.lines) - len(shown):,} more (--verbose lists all)", DIM, indent=STEP * 2)


def _line(line: ImpactLine, look: TextStyle) -> Iterator[Row]:
    style = _STYLES.get(mark(line), WARN)
    yield Row((Text(mark(line), style), *words(look.safe(folded(line)))), STEP * 2, STEP * 4)
    if texts := remarks(line):
        first, *rest = (words(look.safe(each)) for each in texts)
        risk = _RISKS.get(line.risk, DIM) if line.risk in RISKY else DIM
        pieces = [Text(piece.plain, risk) for piece in first]
        for each in rest:
            pieces += [Text(look.own("·"), DIM), *(Text(piece.plain, DIM) for piece in each)]
        yield Row(tuple(pieces), STEP * 3, STEP * 4)
