"""The names that `--allow` takes, and what is said of all others."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from reconciler.kinds import DELETE_LIMITS
from reconciler.planning.guard_names import GUARD_NAMES, mistake_in
from reconciler.spec.schema import MaxDeletes

PACKAGE = Path(__file__).parents[2] / "reconciler"


@pytest.mark.parametrize(
    "guard",
    [
        *(f"deletes.{plural}" for plural in DELETE_LIMITS),
        "account_creations",
        "account_closures",
        "account_invitations",
        "similar_account",
        "protected:ou:Security/**",
        "impact:/",
        "lockout",
        "emptied",
        "GAP",
    ],
)
def test_what_may_be_allowed(guard: str) -> None:
    assert mistake_in(guard) is None


@pytest.mark.parametrize(
    ("guard", "said"),
    [
        ("bla", "there are: deletes.policy_types, "),
        ("max_deletes.attachments", "did you mean deletes.attachments?"),
        ("deletes.policy", "did you mean deletes.policies or "),
        ("acount_creations", "did you mean account_creations or "),
        ("gap", "did you mean GAP?"),
        ("protected", "protected:PATTERN=N"),
        ("impact", "impact:OU=N"),
        ("lockout:x", "lockout=N"),
        ("close", "--allow-close"),
        ("refused", "change the spec"),
        ("unknown_account", "invite: true"),
        ("management_account", "never moved"),
        ("", "there are: "),
    ],
)
def test_what_is_said_of_the_others(guard: str, said: str) -> None:
    found = mistake_in(guard)
    assert found is not None
    assert said in found[1]


def test_each_kind_with_a_limit_has_a_guard() -> None:
    assert set(DELETE_LIMITS) == MaxDeletes.model_fields.keys()


def test_each_guard_of_the_program_is_in_the_table() -> None:
    """Every literal `Violation(guard=...)`, and the beginning of every composed one."""
    names = {each.name for each in GUARD_NAMES}
    found = set()
    for path in (*PACKAGE.glob("planning/*.py"), *PACKAGE.glob("use_cases/*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Violation":
                found |= {
                    each.value.value
                    for each in node.keywords
                    if each.arg == "guard" and isinstance(each.value, ast.Constant)
                }
    assert {"protected", "close", "emptied", "GAP"} <= found
    assert found <= names
