"""The page on the policy language says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from reconciler.policy import CODES
from reconciler.policy.language.statements import OPERATORS
from tests.unit.policy.organizations import chain, deny_regions, with_full
from tests.unit.policy.test_evaluate import ask
from tests.unit.policy.test_impact import texts

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "policy-language.md").read_text(encoding="utf-8")
BEFORE = chain({}, with_full(deny_regions("eu-west-1", "eu-central-1")))


def test_every_operator_is_listed() -> None:
    words = set(re.findall(r"[A-Za-z]+", PAGE))
    assert set(OPERATORS) <= words


def test_its_examples_are_what_comes_out() -> None:
    assert (ask(BEFORE, "ec2:RunInstances").condition or "") in PAGE
    (line,) = texts(BEFORE, chain({}, with_full(deny_regions("eu-west-1"))))
    assert line in PAGE


def test_the_range_of_codes_is_right() -> None:
    errors = [each.code for each in CODES if each.severity == "error"]
    assert f"{errors[0]} to {errors[-1]}" in PAGE
