"""The findings about a spec as a value, and the meaning of their codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import UsageError
from reconciler.use_cases.validate import Validation, explain_code, validate

SPEC = """version: 1
policies:
  deny: {type: scp, content: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "s3:*", Resource: "*"}]}}
root:
  policies: [deny]
  organizational_units: {A: {accounts: {a: {email: a@example.com}}}}
"""


def validated(folder: Path, text: str) -> Validation:
    (folder / "org.yaml").write_text(text, "utf-8")
    return validate(folder / "org.yaml")


def test_what_a_valid_spec_declares_is_counted_without_the_policies_of_aws(tmp_path: Path) -> None:
    found = validated(tmp_path, SPEC)
    assert (found.exit.code, found.exit.reason) == (0, "ok")
    assert (found.organizational_units, found.accounts, found.policies, len(found.files)) == (1, 1, 1, 1)


def test_an_error_is_a_result(tmp_path: Path) -> None:
    found = validated(tmp_path, SPEC.replace("policies: [deny]", "policies: [denny]"))
    assert (found.exit.code, found.exit.reason) == (3, "spec.invalid")
    assert "error" in {each.severity for each in found.findings.diagnostics}


def test_a_code_is_found_in_any_case_and_a_wrong_one_suggests_others() -> None:
    assert explain_code("e326").code == "E326"
    with pytest.raises(UsageError, match="there is no code E3260") as caught:
        explain_code("E3260")
    assert caught.value.help is not None
    assert "E326" in caught.value.help
