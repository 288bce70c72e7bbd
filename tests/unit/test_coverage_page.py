"""Every operation that changes something is reached by a spec, or is left out for a reason."""

from __future__ import annotations

from reconciler.aws.operations import OPERATIONS
from scripts.coverage_page import KEYS_OF_THE_TREE, LEFT_OUT, changing, coverage_page, reached


def test_every_operation_of_the_models_is_reached_or_has_a_reason() -> None:
    assert set(changing()) - reached().keys() - LEFT_OUT.keys() == set()


def test_every_reason_is_about_an_operation_that_there_is_and_that_nothing_reaches() -> None:
    assert LEFT_OUT.keys() - set(changing()) == set()
    assert LEFT_OUT.keys() & OPERATIONS.keys() == set()


def test_every_write_that_the_program_makes_has_its_key() -> None:
    assert {name for name, row in OPERATIONS.items() if row.writes} == reached().keys()
    assert KEYS_OF_THE_TREE.keys() <= OPERATIONS.keys()


def test_the_page_names_each_operation_once() -> None:
    page = coverage_page()
    assert [each for each in changing() if page.count(f"| `{each}` |") != 1] == []
