"""Workflow commands: one line an annotation, whatever its texts hold."""

from __future__ import annotations

import pytest

from reconciler.render.annotations import Annotation, workflow_commands


def test_a_message_alone() -> None:
    assert workflow_commands([Annotation("notice", "Nothing to change.")]) == "::notice::Nothing to change.\n"


def test_everything_that_a_place_has() -> None:
    found = Annotation("error", "wrong", "E101: Wrong", "org.yaml", 3, 5, 3, 9)
    written = "::error title=E101%3A Wrong,file=org.yaml,line=3,endLine=3,col=5,endColumn=9::wrong\n"
    assert workflow_commands([found]) == written


def test_columns_are_of_one_line_only() -> None:
    found = Annotation("warning", "long", file="a", line=3, column=5, end_line=4, end_column=2)
    assert workflow_commands([found]) == "::warning file=a,line=3,endLine=4::long\n"


def test_a_column_without_an_end() -> None:
    found = Annotation("warning", "here", file="a", line=3, column=5)
    assert workflow_commands([found]) == "::warning file=a,line=3,col=5::here\n"


def test_a_place_without_a_file_or_line_is_none() -> None:
    assert workflow_commands([Annotation("warning", "x", line=3)]) == "::warning::x\n"
    assert workflow_commands([Annotation("warning", "x", file="a", column=3)]) == "::warning file=a::x\n"


@pytest.mark.parametrize(
    ("text", "message", "value"),
    [
        ("50%", "50%25", "50%25"),
        ("a\nb\r\nc", "a%0Ab%0D%0Ac", "a%0Ab%0D%0Ac"),
        ("a::b, c", "a::b, c", "a%3A%3Ab%2C c"),
        ("%0A::error::x", "%250A::error::x", "%250A%3A%3Aerror%3A%3Ax"),
    ],
)
def test_no_text_ends_the_line_or_a_property(text: str, message: str, value: str) -> None:
    written = workflow_commands([Annotation("error", text, text, text)])
    assert written == f"::error title={value},file={value}::{message}\n"
    assert written.count("\n") == 1


def test_each_has_its_line_and_none_is_nothing() -> None:
    assert workflow_commands([]) == ""
    assert workflow_commands([Annotation("error", "a"), Annotation("warning", "b")]) == "::error::a\n::warning::b\n"
