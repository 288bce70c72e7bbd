"""No line is wider than the width, nothing gets lost by wrapping, and colour adds nothing but colour."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from reconciler.render import text
from reconciler.render.text.layout import Row, TextStyle, laid_out, printed, sentence
from tests.unit.render import more_samples, samples

pytestmark = pytest.mark.slow

WIDTHS = (40, 60, 80, 100, 120, 160, 240)


@cache
def made(width: int, unicode: bool) -> dict[str, str]:
    look: dict[str, Any] = {"width": width, "color": False, "unicode": unicode}
    plans = {
        "everything": (samples.blocked(), samples.desired()),
        "replaced": more_samples.replaced(),
        "greenfield": more_samples.greenfield(),
        "other kinds": more_samples.other_kinds(),
        "hostile": more_samples.hostile(),
    }
    found = {}
    for name, (plan, tree) in plans.items():
        found[f"plan {name}"] = text.plan(plan, desired_tree=tree, verbose=True, **look)
        found[f"drift {name}"] = text.drift(plan, desired_tree=tree, verbose=True, **look)
        found[f"tree {name}"] = text.tree(tree, **look)
        found[f"table {name}"] = text.table(tree, **look)
    found["report"] = text.report(samples.report(), **look)
    found["dry run"] = text.report(samples.dry_run(), **look)
    found["dry run in full"] = text.report(samples.dry_run(), verbose=True, **look)
    found["diagnostics"] = text.diagnostics(samples.diagnostics(), read_line=samples.read_line, **look)
    return found


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_the_width(width: int, unicode: bool) -> None:
    for name, output in made(width, unicode).items():
        for line in output.splitlines():
            assert cell_len(line) <= width, f"{name}: {line}"
            assert line == line.rstrip(), f"{name}: {line!r}"


@pytest.mark.parametrize("width", WIDTHS[1:])
def test_a_call_of_a_dry_run_is_one_line(width: int) -> None:
    assert len(made(width, True)["dry run"].splitlines()) == 1 + len(samples.dry_run().would_call)


PIECES = st.lists(st.text(st.characters(categories=("L", "N", "P", "So")), min_size=1, max_size=30), max_size=20)


@given(PIECES, st.integers(20, 90), st.integers(0, 12))
def test_wrapping_keeps_every_character_in_order(pieces: list[str], width: int, indent: int) -> None:
    row = Row(tuple(map(Text, pieces)), " " * indent, " " * indent)
    lines = [line.plain for line in laid_out(row, width)]
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", "".join(pieces))
    assert all(cell_len(line.rstrip()) <= width for line in lines)


def test_a_sentence_breaks_at_blanks_and_hangs() -> None:
    row = sentence("one two three four five six", indent="  ", hang="    ")
    assert printed([row], TextStyle(width=24)) == "  one two three four\n    five six\n"


def test_wide_characters_count_as_two_cells() -> None:
    assert printed([Row((Text("東京" * 12),))], TextStyle(width=24)) == ("東京" * 6 + "\n") * 2


def test_a_tree_deeper_than_the_width_still_has_room_to_write() -> None:
    row = Row((Text("name"),), "│  " * 40, "│  " * 40)
    (line,) = laid_out(row, 40)
    assert line.plain.endswith("name")
    assert line.cell_len <= 40


def test_there_is_no_colour_by_default() -> None:
    assert "\x1b" not in "".join(made(80, True).values())


def test_every_action_has_a_word_and_a_symbol() -> None:
    output = made(80, True)["plan everything"]
    for told in (
        "+ enable",
        "+ create",
        "~ update",
        "~ rename",
        "+ attach",
        "→ move",
        "- DETACH",
        "- CLOSE",
        "- DELETE",
    ):
        assert told in output
