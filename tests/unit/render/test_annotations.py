"""Workflow commands: GitHub's escapes, its limits, and nothing that a message can add to a command."""

from __future__ import annotations

import pytest

from reconciler.render.annotations import Annotation, workflow_commands


def test_a_finding_is_shown_at_its_columns() -> None:
    found = Annotation("error", "no such OU", "E310", "org.yaml", 4, 7, 4, 12)
    assert workflow_commands([found]) == (
        "::error file=org.yaml,line=4,col=7,endLine=4,endColumn=12,title=E310::no such OU\n"
    )


def test_columns_of_different_lines_are_left_out() -> None:
    found = Annotation("warning", "text", "", "org.yaml", 4, 7, 6, 2)
    assert workflow_commands([found]) == "::warning file=org.yaml,line=4,endLine=6::text\n"


def test_a_finding_without_a_place_is_shown_for_the_run() -> None:
    assert workflow_commands([Annotation("notice", "text")]) == "::notice::text\n"


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("100% of it", "100%25 of it"),
        ("first\nsecond", "first%0Asecond"),
        ("a, b: c", "a, b: c"),
        ("\x1b[31m\r::stop-commands::x", r"\x1b[31m%0A::stop-commands::x"),
        ("\u202eabc", r"\u202eabc"),
    ],
)
def test_messages_are_escaped(message: str, shown: str) -> None:
    made = workflow_commands([Annotation("error", message)])
    assert made == f"::error::{shown}\n"
    assert made.count("\n") == 1


def test_properties_are_escaped_further() -> None:
    found = Annotation("error", "text", "a, b: 5%\n::error::x", "odd,name:\n%.yaml", 1)
    assert workflow_commands([found]) == (
        "::error file=odd%2Cname%3A%0A%25.yaml,line=1,title=a%2C b%3A 5%25\\n%3A%3Aerror%3A%3Ax::text\n"
    )


def test_errors_come_first_and_the_order_is_kept_otherwise() -> None:
    found = [
        Annotation("warning", "w1"),
        Annotation("error", "e1"),
        Annotation("notice", "n1"),
        Annotation("error", "e2"),
    ]
    assert workflow_commands(found).splitlines() == ["::error::e1", "::error::e2", "::warning::w1", "::notice::n1"]


@pytest.mark.parametrize(("number", "left"), [(10, None), (11, 2), (1_000, 991)])
def test_of_each_severity_ten_are_shown_and_the_last_counts_the_others(number: int, left: int | None) -> None:
    found = [Annotation("warning", f"w{index}") for index in range(number)] + [Annotation("error", "e")]
    lines = workflow_commands(found).splitlines()
    assert len(lines) == 11
    counted = f"::warning::There are {left} more of this severity: the output of the job has all of them."
    assert lines[-1] == ("::warning::w9" if left is None else counted)


def test_nothing_found_is_nothing_printed() -> None:
    assert workflow_commands([]) == ""
