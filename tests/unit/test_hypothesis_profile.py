"""The profiles of tests/conftest.py: no property test fails because the machine was busy, whatever it sets itself."""

import ast
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("profile", ["every-commit", "nightly"])
def test_time_decides_nothing(profile: str) -> None:
    found = settings.get_profile(profile)
    assert found.deadline is None
    assert HealthCheck.too_slow in found.suppress_health_check


def test_the_same_commit_runs_the_same_examples_and_every_night_runs_others() -> None:
    assert settings.get_profile("every-commit").derandomize
    assert not settings.get_profile("nightly").derandomize


def test_one_of_them_is_in_use() -> None:
    assert settings.get_current_profile_name() in ("every-commit", "nightly")
    assert settings().deadline is None


def test_no_test_has_a_deadline_of_its_own() -> None:
    for path in TESTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "settings":
                assert "deadline" not in {each.arg for each in node.keywords}, f"{path}:{node.lineno}"
