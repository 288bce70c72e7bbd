"""Whether a backup schedule can be read: `cron(minutes hours day-of-month month day-of-week [year])`, in UTC.

https://docs.aws.amazon.com/aws-backup/latest/devguide/creating-a-backup-plan.html
"""

from __future__ import annotations

import re
from typing import NamedTuple

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


class _Field(NamedTuple):
    """One field: its name, its range, the words for its numbers, and a pattern for what else it may hold."""

    name: str
    least: int
    most: int
    words: tuple[str, ...] = ()
    special: str = r"(?!)"


_FIELDS = (
    _Field("minutes", 0, 59),
    _Field("hours", 0, 23),
    _Field("day of month", 1, 31, (), r"\?|L(-[0-9]{1,2})?|LW|([1-9]|[12][0-9]|3[01])W"),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 1, 7, _DAYS, r"\?|L|[1-7]L|[1-7]#[1-5]"),
    _Field("year", 1970, 2199),
)
_DAY_OF_MONTH, _DAY_OF_WEEK = 2, 4


def problem_of(expression: str) -> str | None:
    """The error in a schedule; `None` where it is valid."""
    match = re.fullmatch(r"cron\((.*)\)", expression)
    if match is None:
        return "write cron(minutes hours day-of-month month day-of-week year), such as cron(0 5 ? * * *)"
    fields = match[1].split()
    if len(fields) < 5:
        return f"cron has six fields, and {len(fields)} are written: minutes hours day-of-month month day-of-week year"
    for field, written in zip(_FIELDS, fields, strict=False):
        for part in written.upper().split(","):
            if not _is_part(field, part):
                return f"{part!r} is not a value for {field.name} ({field.least} to {field.most})"
    if (fields[_DAY_OF_MONTH] == "?") == (fields[_DAY_OF_WEEK] == "?"):
        return "write ? for the day of month or for the day of week, and only for one of them"
    minutes = _numbers(_FIELDS[0], fields[0])
    if len(minutes) > 1:
        return "a backup runs at most once an hour: name one minute"
    return None


def _is_part(field: _Field, part: str) -> bool:
    if part == "*" or re.fullmatch(field.special, part):
        return True
    span, slash, step = part.partition("/")
    if slash and not (step.isdecimal() and 0 < int(step) <= field.most):
        return False
    if span == "*":
        return True
    ends = [_number(field, each) for each in span.split("-")]
    return len(ends) <= 2 and None not in ends


def _number(field: _Field, text: str) -> int | None:
    if text in field.words:
        return field.words.index(text) + 1
    return int(text) if text.isdecimal() and field.least <= int(text) <= field.most else None


def _numbers(field: _Field, written: str) -> set[int]:
    """The numbers that a field of plain numbers matches."""
    found: set[int] = set()
    for part in written.split(","):
        span, _, step = part.partition("/")
        first, dash, last = ("*" if span == "*" else span).partition("-")
        start = field.least if first == "*" else int(first)
        end = int(last) if dash else field.most if step or first == "*" else start
        found.update(range(start, end + 1, int(step or 1)))
    return found
