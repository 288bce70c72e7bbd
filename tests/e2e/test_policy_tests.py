"""Unit tests of policies: those of the shipped library notice every loss, and `validate` and `plan` run a spec's."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler import spec
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Attachment, Policy
from reconciler.use_cases.policy_tests import outcomes
from tests.e2e.conftest import SPEC, Program


def failures_of(*of: Any) -> list[Diagnostic]:
    """The diagnostics of the tests that fail."""
    return [each.failure for each in outcomes(*of) if each.failure is not None]


PROJECT = Path(__file__).parents[2]

Mutation = Callable[[Inventory], Inventory]


@functools.cache
def library() -> spec.Desired:
    return spec.load(PROJECT / "org.yaml")


def is_fulfilled(inventory: Inventory) -> bool:
    return not failures_of(inventory, {}, library().tests)


def policies() -> Iterator[Policy]:
    """The SCPs and RCPs of the library."""
    return (each for each in library().inventory.of(Policy) if each.type in ("scp", "rcp") and not each.aws_managed)


def attachments() -> Iterator[Attachment]:
    guardrails = {each.address for each in policies()}
    return (each for each in library().inventory.of(Attachment) if each.policy in guardrails)


def detached(*gone: str) -> Mutation:
    """Without the attachments at these addresses."""
    return lambda inventory: inventory.with_resources(each for each in inventory.resources if each.address not in gone)


def rewritten(address: str, statements: list[Any]) -> Mutation:
    """With other statements in a policy."""

    def changed(inventory: Inventory) -> Inventory:
        old = inventory.by_address()[address]
        assert isinstance(old, Policy)
        assert isinstance(old.content, dict)
        new = old.model_copy(update={"content": {**old.content, "Statement": statements}})
        return inventory.with_resources(new if each.address == address else each for each in inventory.resources)

    return changed


def losses() -> Iterator[tuple[str, Mutation]]:
    """Every way in which a guardrail of the library can be lost, by what is lost."""
    for policy in policies():
        nodes = [each.address for each in attachments() if each.policy == policy.address]
        yield f"{policy.name} everywhere", detached(*nodes)
        if len(nodes) > 1:
            yield from ((f"{policy.name} at {node.partition('@')[2]}", detached(node)) for node in nodes)
        yield from document_losses(policy)


def document_losses(policy: Policy) -> Iterator[tuple[str, Mutation]]:
    """Each statement, each operator of a condition and each limit to a resource."""
    assert isinstance(policy.content, dict)
    statements: Any = policy.content["Statement"]
    for index, statement in enumerate(statements):
        named = f"{policy.name}/{statement['Sid']}"
        before, after = statements[:index], statements[index + 1 :]
        if len(statements) > 1:
            yield named, rewritten(policy.address, [*before, *after])
        for operator in statement.get("Condition", {}):
            condition = {name: keys for name, keys in statement["Condition"].items() if name != operator}
            yield (
                f"{named} {operator}",
                rewritten(policy.address, [*before, {**statement, "Condition": condition}, *after]),
            )
        if statement["Resource"] != "*":
            yield f"{named} Resource", rewritten(policy.address, [*before, {**statement, "Resource": "*"}, *after])


LOSSES = dict(losses())


def test_the_library_fulfils_its_tests() -> None:
    assert [each.message for each in failures_of(library().inventory, {}, library().tests)] == []


def test_every_guardrail_is_looked_at() -> None:
    assert len(list(policies())) >= 24
    assert len(LOSSES) > 120


@pytest.mark.parametrize("lost", LOSSES)
def test_a_test_fails_once_a_part_of_a_guardrail_is_lost(lost: str) -> None:
    assert not is_fulfilled(LOSSES[lost](library().inventory))


def test_the_tests_depend_on_nothing_else() -> None:
    """Policies of other types may come and go."""
    kept = {each.address for each in policies()} | {"policy:FullAWSAccess"}
    other = [each.address for each in library().inventory.of(Attachment) if each.policy not in kept]
    assert len(other) > 5
    assert is_fulfilled(detached(*other)(library().inventory))


PASSES = '- {account: shop-prod, action: "organizations:LeaveOrganization", expect: denied}\n'
FAILS = """\
- name: Nobody lists accounts
  account: shop-prod
  action: organizations:ListAccounts
  expect: denied
"""


def write_tests(text: str, name: str = "guardrails.yaml") -> None:
    path = Path("policies/tests") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_tests_that_pass_are_silent(program: Program) -> None:
    write_tests(PASSES)
    ran = program("validate")
    assert (ran.code, ran.err) == (0, "")


def test_a_test_of_an_action_that_does_not_exist_gets_a_warning_with_its_place(program: Program) -> None:
    """It may be newer than the catalogue, so it is no error."""
    write_tests(PASSES + PASSES.replace("LeaveOrganization", "LeaveOrganisation").replace("denied", "allowed"))
    ran = program("validate", "--output", "json")
    assert ran.code == 0
    (found,) = ran.json["diagnostics"]
    assert (found["code"], found["severity"]) == ("W310", "warning")
    assert (Path(found["file"]).as_posix(), found["line"]) == ("policies/tests/guardrails.yaml", 2)
    assert "did you mean organizations:LeaveOrganization?" in found["message"]


def test_a_test_that_fails_makes_the_spec_invalid(program: Program) -> None:
    write_tests(PASSES + FAILS)
    ran = program("validate", "--output", "json")
    assert ran.code == 3
    (found,) = ran.json["diagnostics"]
    assert (found["code"], found["severity"]) == ("E326", "error")
    assert found["message"] == "Nobody lists accounts: organizations:ListAccounts in shop-prod is allowed, not denied"
    assert (Path(found["file"]).as_posix(), found["line"], found["column"]) == ("policies/tests/guardrails.yaml", 2, 3)
    assert found["help"] == "no policy denies it"
    assert ran.json["exit"] == {"code": 3, "reason": "spec.invalid"}


def test_all_failures_are_told_at_once_each_with_its_reason(program: Program) -> None:
    write_tests(PASSES.replace("denied", "allowed"), "a.yaml")
    write_tests(FAILS, "b.yml")
    ran = program("validate")
    assert ran.code == 3
    assert "policies/tests/a.yaml:1:3" in ran.err
    assert "it is denied by statement DenyLeaving of deny-leaving at root:/ (org.yaml:8)" in ran.err
    assert "policies/tests/b.yml:1:3" in ran.err


def test_why_a_test_fails_can_be_asked_while_it_fails(program: Program) -> None:
    write_tests(FAILS)
    ran = program("explain", "shop-prod", "organizations:ListAccounts", "--closed-context")
    assert ran.code == 0
    assert ran.out.startswith("ALLOWED")


@pytest.mark.parametrize("command", ["plan", "apply", "drift", "impact"])
def test_no_plan_is_made_while_a_test_fails(program: Program, command: str) -> None:
    write_tests(FAILS)
    ran = program(command, "--mock")
    assert (ran.code, ran.out) == (3, "")
    assert "E326" in ran.err
    assert not Path(".reconciler").exists()


def test_tests_may_stand_in_the_spec_itself(program: Program) -> None:
    Path("org.yaml").write_text(f"{SPEC}tests:\n{FAILS}")
    write_tests(PASSES)
    (found,) = program("validate", "--output", "json").json["diagnostics"]
    lines = Path("org.yaml").read_text().splitlines()
    assert found["file"] == "org.yaml"
    assert "Nobody lists accounts" in lines[found["line"] - 1]


@pytest.mark.parametrize("account", ["shop-prd", "closed"])
def test_a_test_of_an_account_that_is_not_there(program: Program, account: str) -> None:
    closed = '    closed: {id: "444455556666", state: closed}\n'
    Path("org.yaml").write_text(SPEC.replace("root:\n", f"root:\n  accounts:\n{closed}"))
    write_tests(PASSES.replace("shop-prod", account))
    ran = program("validate", "--output", "json")
    assert ran.code == 3
    (found,) = ran.json["diagnostics"]
    assert found["code"] == "E327"
    assert account in found["message"]
    assert account == "closed" or "did you mean shop-prod" in found["help"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("- {account: shop-prod, expect: denied}\n", "action"),
        ('- {account: shop-prod, action: "s3:*", expect: forbidden}\n', "forbidden"),
        ('- {account: shop-prod, action: "s3:*", expect: denied, acount: x}\n', "acount"),
    ],
)
def test_a_test_with_a_mistake_is_told_like_any_other(program: Program, wrong: str, message: str) -> None:
    write_tests(wrong)
    ran = program("validate", "--output", "json")
    assert ran.code == 3
    assert any(message in each["message"] for each in ran.json["diagnostics"])
    assert all("policies/tests" in each["file"] for each in ran.json["diagnostics"])


CONDITIONAL = """\
version: 1
policies:
  from-home:
    type: scp
    content:
      Version: "2012-10-17"
      Statement:
        - Sid: FromHome
          Effect: Deny
          Action: s3:*
          Resource: "arn:aws:s3:::home-*"
          Condition: {NotIpAddress: {"aws:SourceIp": 192.0.2.0/24}}
root:
  policies: [from-home]
  accounts:
    shop: {id: "222233334444"}
tests:
  - {account: shop, action: "s3:GetObject", expect: CONDITIONAL}
  - {account: shop, action: "s3:GetObject", resource: "arn:aws:s3:::home-1", expect: denied}
  - account: "222233334444"
    action: s3:GetObject
    resource: arn:aws:s3:::home-1
    context: {"aws:SourceIp": 192.0.2.7}
    expect: allowed
  - {account: shop, action: "s3:GetObject", resource: "arn:aws:s3:::away", expect: allowed}
"""


def test_what_a_test_does_not_say_is_absent_but_the_resource_is_unknown(program: Program) -> None:
    Path("org.yaml").write_text(CONDITIONAL.replace("CONDITIONAL", "conditional"))
    assert program("validate").code == 0
    Path("org.yaml").write_text(CONDITIONAL.replace("CONDITIONAL", "denied"))
    ran = program("validate", "--output", "json")
    (found,) = [each for each in ran.json["diagnostics"] if each["severity"] == "error"]
    assert "is conditional, not denied" in found["message"]
    assert "the resource is like arn:aws:s3:::home-*" in found["help"]


SUSPICIOUS = """\
version: 1
policies:
  no-buckets:
    type: scp
    LINT
    content:
      Version: "2012-10-17"
      Statement:
        - {Sid: NoBuckets, Effect: Deny, Action: ["s3:CreateBuckets", "s3:DeleteBucket"], Resource: "*"}
root:
  policies: [no-buckets]
"""


def codes(program: Program) -> list[str]:
    return [each["code"] for each in program("validate", "--output", "json").json["diagnostics"]]


@pytest.mark.parametrize(
    ("lint", "expected"),
    [
        ("description: none", ["W460"]),
        ("lint: {NoBuckets: [W460]}", []),
        ('lint: {"1": [W460]}', []),
        ('lint: {"*": [W460]}', []),
        ("lint: {NoBuckets: [W461]}", ["W460"]),
        ("lint: {Other: [W460]}", ["W460"]),
    ],
)
def test_a_warning_that_is_meant_so_is_switched_off_by_statement(
    program: Program, lint: str, expected: list[str]
) -> None:
    Path("org.yaml").write_text(SUSPICIOUS.replace("LINT", lint))
    assert codes(program) == expected


def test_an_error_cannot_be_switched_off(program: Program) -> None:
    spec = SUSPICIOUS.replace("LINT", 'lint: {"*": [E457]}').replace("s3:CreateBuckets", "s3")
    Path("org.yaml").write_text(spec)
    assert codes(program) == ["E457"]
