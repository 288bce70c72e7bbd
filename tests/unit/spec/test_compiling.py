"""The inventory and settings of a spec: defaults, allow lists, policy types, renames, quotas."""

from __future__ import annotations

import pytest

from reconciler.model.globs import matches
from reconciler.model.limits import Limit
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType
from tests.unit.spec.spec_files import DENY, Specs

SCP = f"policies:\n  deny: {{type: scp, content: {DENY}}}\n"
TAG = "policies:\n  cost: {type: tag, content: {tags: {}}}\n"


def attachments(specs: Specs, text: str) -> list[str]:
    return [each.address.removeprefix("attachment:") for each in specs.load(text).inventory.of(Attachment)]


def test_full_aws_access_stays_unless_it_is_detached(specs: Specs) -> None:
    units = "    A: {full_aws_access: false, policies: [deny]}\n    B: {full_aws_access: true}\n"
    text = f"root:\n  organizational_units:\n{units}"
    assert attachments(specs, "version: 1\n" + SCP + text) == ["FullAWSAccess@/", "FullAWSAccess@B", "deny@A"]


def test_without_scps_there_is_no_full_aws_access(specs: Specs) -> None:
    desired = specs.load("version: 1\n" + TAG + "root: {policies: [cost]}\n")
    assert [each.address for each in desired.inventory.resources] == [
        "attachment:cost@/", "policy:cost", "policy_type:tag", "root:/",
    ]  # fmt: skip


def test_nothing_is_attached_to_a_closed_account(specs: Specs) -> None:
    text = 'root:\n  accounts:\n    a: {id: "111122223333", state: removed, policies: [deny]}\n  policies: [deny]\n'
    assert attachments(specs, "version: 1\n" + SCP + text) == ["FullAWSAccess@/", "deny@/"]


def test_policy_types_default_to_those_of_the_policies(specs: Specs) -> None:
    desired = specs.load("version: 1\n" + TAG + "root: {policies: [cost]}\n")
    assert desired.inventory.scope.policy_types == ("tag",)
    (policy_type,) = desired.inventory.of(PolicyType)
    assert str(policy_type.source) == "org.yaml:3"


def test_a_mapping_can_disable_types(specs: Specs) -> None:
    desired = specs.load("version: 1\norganization:\n  policy_types: {backup: disabled, tag: enabled}\nroot: {}\n")
    assert desired.inventory.scope.policy_types == ("tag", "backup")
    assert {short: str(source) for short, source in desired.settings.disabled_policy_types.items()} == {
        "backup": "org.yaml:3"
    }
    assert [each.type for each in desired.inventory.of(PolicyType)] == ["tag"]


def test_the_scope_of_a_spec_is_what_it_decides_on(specs: Specs) -> None:
    text = "version: 1\norganization: {policy_types: {backup: disabled, tag: enabled, scp: enabled}}\n"
    scope = specs.load(text + "ignore: {tags: [cost]}\nroot: {}\n").inventory.scope
    assert (scope.policy_types, scope.disabled_types) == (("scp", "tag", "backup"), ())
    assert (scope.tags, scope.ignored_tags) == (False, ("aws:*", "cost"))
    assert {each.kind for each in scope.unread}.isdisjoint(("scp", "tag", "backup"))
    assert {each.reason for each in scope.unread} == {"the spec does not manage them"}


def test_policies_of_a_disabled_type_belong_to_it_where_undeclared_ones_are_deleted(specs: Specs) -> None:
    text = "version: 1\norganization: {policy_types: {backup: disabled}}\nunmanaged: {policies: delete}\n"
    assert specs.load(text + "root: {}\n").inventory.scope.disabled_types == ("backup",)


@pytest.mark.parametrize("tagged", ["root: {tags: {}}", "root: {accounts: {a: {id: '111122223333', tags: {a: b}}}}"])
def test_tags_belong_to_it_where_any_resource_has_them_declared(specs: Specs, tagged: str) -> None:
    assert specs.load(f"version: 1\n{tagged}\n").inventory.scope.tags


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        ("Prod", "ou:Workloads/Prod"),
        ("/Prod", "ou:Prod"),
        ("Old/Place", "ou:Old/Place"),
        ("/Old/Place/", "ou:Old/Place"),
        (r"A\/B", r"ou:Workloads/A\/B"),
    ],
)
def test_earlier_names_of_units(specs: Specs, entry: str, address: str) -> None:
    text = f"organizational_units: {{Workloads: {{organizational_units: {{Production: {{previously: ['{entry}']}}}}}}}}"
    units = specs.load(f"version: 1\nroot: {{{text}}}\n").inventory.of(OrganizationalUnit)
    assert {each.name: each.previously for each in units}["Production"] == (address,)


def test_an_earlier_name_at_the_root(specs: Specs) -> None:
    text = "version: 1\nroot: {organizational_units: {Workloads: {previously: [Apps]}}}\n"
    (unit,) = specs.load(text).inventory.of(OrganizationalUnit)
    assert unit.previously == ("ou:Apps",)


def test_a_slash_in_the_name_of_a_unit_is_escaped(specs: Specs) -> None:
    units = specs.load("version: 1\nroot: {organizational_units: {R/D: {organizational_units: {X: }}}}\n").inventory
    assert [each.address for each in units.of(OrganizationalUnit)] == [r"ou:R\/D", r"ou:R\/D/X"]


def test_unset_is_not_empty(specs: Specs) -> None:
    desired = specs.load(
        'version: 1\nroot:\n  accounts:\n    a: {id: "111122223333"}\n    b: {id: "111122224444", tags: {}}\n'
    )
    assert [each.tags for each in desired.inventory.of(Account)] == [None, {}]


def test_default_tags_are_merged_and_the_accounts_own_win(specs: Specs) -> None:
    desired = specs.load(
        "version: 1\ndefaults:\n  accounts: {tags: {a: '1', b: '1'}}\n"
        'root:\n  accounts:\n    a: {id: "111122223333"}\n    b: {id: "111122224444", tags: {b: "2"}}\n'
    )
    assert [each.tags for each in desired.inventory.of(Account)] == [{"a": "1", "b": "1"}, {"a": "1", "b": "2"}]


def test_an_account_and_a_unit_may_be_written_with_nothing_after_them(specs: Specs) -> None:
    text = "version: 1\ndefaults: {accounts: {email: 'a+{{ key }}@example.com'}}\nroot:\n  accounts:\n    a:\n"
    desired = specs.load(text + "  organizational_units:\n    B:\n")
    assert [each.address for each in desired.inventory.resources] == ["account:a", "ou:B", "root:/"]


def test_sections_may_be_written_with_nothing_after_them(specs: Specs) -> None:
    text = "version: 1\norganization:\ndefaults:\npolicies:\nroot:\nunmanaged:\nignore:\nguards:\n"
    assert [each.address for each in specs.load(text).inventory.resources] == ["root:/"]


def test_an_explicit_email_of_a_known_account_is_kept_and_a_default_one_is_not_guessed(specs: Specs) -> None:
    desired = specs.load(
        "version: 1\ndefaults: {accounts: {email: 'a+{{ key }}@example.com'}}\n"
        'root:\n  accounts:\n    a: {id: "111122223333"}\n    b: {id: "111122224444", email: b@example.com}\n'
    )
    assert [(each.email, each.create_email) for each in desired.inventory.of(Account)] == [
        (None, None),
        ("b@example.com", None),
    ]


def test_the_live_name_of_a_policy_may_differ_from_its_key(specs: Specs) -> None:
    text = "version: 1\npolicies:\n  cost: {type: tag, name: Cost tags, description: '', content: {tags: {}}}\n"
    (policy,) = specs.load(text + "root: {policies: [cost]}\n").inventory.of(Policy)
    assert (policy.address, policy.name, policy.description) == ("policy:cost", "Cost tags", "")


def test_quotas_can_be_raised(specs: Specs) -> None:
    quotas = "organization:\n  quotas: {scp: {attached: 12}, organizational_units: 3000, accounts: 100}\n"
    found = specs.load(f"version: 1\n{quotas}root: {{}}\n").settings.quotas
    assert (found.policy_types["scp"].attached, found.policy_types["scp"].characters) == (12, 10_240)
    assert (found.organizational_units, found.accounts) == (3_000, 100)


def test_the_size_of_a_document_counts_ids_at_their_longest(specs: Specs) -> None:
    text = (
        "version: 1\norganization:\n  quotas: {tag: {characters: 40}}\n"
        "policies:\n  p: {type: tag, file: p.json.j2}\nroot:\n  policies: [p]\n  organizational_units: {A: }\n"
    )
    specs.write({"p.json.j2": '{ "a" : "{{ organizational_units["A"].id }}" }'})
    (diagnostic,) = specs.diagnostics(text)
    assert diagnostic.message == "the document of `p` has 76 characters, 36 over the limit of 40 for tag policies"


@pytest.mark.parametrize(
    ("limit", "existing", "allowed"),
    [
        (Limit(number=5), 3, 5),
        (Limit(percent=25), 100, 25),
        (Limit(percent=25), 10, 2),
        (Limit(percent=25), 9, 7),
        (Limit(percent=26), 11, 2),
        (Limit(percent=100), 9, 7),
        (Limit(percent=0), 100, 0),
    ],
)
def test_limits(limit: Limit, existing: int, allowed: int) -> None:
    assert limit.allowed(existing, minimum=10, default=7) == allowed


@pytest.mark.parametrize(
    ("pattern", "text", "paths", "expected"),
    [
        ("Legacy/**", "Legacy/A/B", True, True),
        ("Legacy/**", "Legacy", True, False),
        ("Legacy/*", "Legacy/A", True, True),
        ("Legacy/*", "Legacy/A/B", True, False),
        ("**/Old", "A/B/Old", True, True),
        ("Team-?", "Team-1", True, True),
        ("Team-?", "Team/1", True, False),
        ("aws:*", "aws:cloudformation/stack", False, True),
        ("a.c", "abc", False, False),
        ("[ab]", "a", False, False),
        (r"R\/D/*", r"R\/D/X", True, True),
    ],
)
def test_globs(pattern: str, text: str, paths: bool, expected: bool) -> None:
    assert matches(pattern, text, paths=paths) is expected
