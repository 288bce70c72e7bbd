"""Adopting an organization on the command line: import, drift that is accepted, an updated spec, the form of files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.e2e.conftest import Program

HAND = """\
version: 1
policies:
  deny-leaving:
    type: scp
    description: Accounts cannot leave
    content:
      Version: "2012-10-17"
      Statement: [{Sid: DenyLeaving, Effect: Deny, Action: "sqs:*", Resource: "*"}]
  team-tag:
    type: tag
    content: {tags: {team: {tag_key: {"@@assign": team}}}}
    tags: {owner: platform}
root:
  organizational_units:
    Workloads:
      tags: {stage: some}
      organizational_units:
        Production:
          policies: [team-tag, deny-leaving]
          accounts:
            shop-prod: {email: shop-prod@example.com, tags: {team: shop}}
            sandbox-a: {email: sandbox-a@example.com}
    Sandbox: {}
"""


@pytest.fixture
def changed_by_hand(program: Program, tmp_path: Path) -> Path:
    """An organization that was applied, and then changed; the spec is the applied one, with comments."""
    assert program("apply", "--mock", "--auto-approve").code == 0
    spec = tmp_path / "org.yaml"
    text = spec.read_text()
    spec.write_text(HAND)
    assert program("apply", "--mock", "--auto-approve").code == 0
    spec.write_text(text.replace("    Workloads:\n", "    # the work\n    Workloads:  # ours\n"))
    return spec


def test_an_imported_organization_has_no_change(program: Program, tmp_path: Path) -> None:
    assert program("apply", "--mock", "--auto-approve").code == 0
    state = ("--spec", "adopted/org.yaml", "--mock-state", ".reconciler/mock.json")
    imported = program("import", "adopted", "--mock")
    assert (imported.code, f"then reconciler plan {' '.join(state)}\n" in imported.err) == (0, True)
    assert program("validate", "--spec", "adopted/org.yaml").code == 0
    assert program("plan", "--detailed-exitcode", *state).code == 0
    assert program("fmt", "--check", "--spec", "adopted/org.yaml").code == 0
    value = yaml.safe_load((tmp_path / "adopted/org.yaml").read_text())
    assert value["root"]["organizational_units"]["Sandbox"]["accounts"].keys() == {"sandbox-a"}
    assert sorted(each.name for each in (tmp_path / "adopted").iterdir()) == ["org.schema.json", "org.yaml", "policies"]


def test_nothing_is_overwritten_without_force(program: Program, tmp_path: Path) -> None:
    before = (tmp_path / "org.yaml").read_text()
    ran = program("import", "--mock")
    assert (ran.code, (tmp_path / "org.yaml").read_text()) == (64, before)
    assert "org.yaml already" in ran.err
    assert not list(tmp_path.glob("policies"))
    assert program("import", "--mock", "--force").code == 0
    assert (tmp_path / "org.yaml").read_text() != before


def test_sigterm_leaves_nothing_half(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "reconciler.use_cases.import_organization._moved", lambda *_: os.kill(os.getpid(), signal.SIGTERM)
    )
    assert program("import", "adopted", "--mock").code == 130
    assert [*(tmp_path / "adopted").iterdir()] == []


def test_wrong_options(program: Program) -> None:
    assert "KIND is one of" in program("import", "--mock", "--ignore", "x=y").err
    assert "alternate_contacts" in program("import", "--mock", "--with", "x").err
    assert program("import", "--mock", "--update", "--force").code == 64
    assert program("import", "x", "--mock", "--from", "lza", "missing").code == 64


def test_an_updated_spec_has_only_the_differences(program: Program, changed_by_hand: Path) -> None:
    before = changed_by_hand.read_text().splitlines()
    assert program("import", "--update", "--mock").code == 0
    after = changed_by_hand.read_text().splitlines()
    assert program("plan", "--mock", "--detailed-exitcode").code == 0
    assert [each for each in before if each not in after] == [
        '      Statement: [{Sid: DenyLeaving, Effect: Deny, Action: "organizations:LeaveOrganization", Resource: "*"}]',
        "  policies: [deny-leaving]",
        "      tags: {stage: all}",
        "          policies: [team-tag]",
        "    Sandbox:",
        "      accounts:",
        "        sandbox-a: {email: sandbox-a@example.com}",
    ]


def test_an_update_leaves_files_that_the_spec_does_not_name(program: Program, changed_by_hand: Path) -> None:
    other = changed_by_hand.parent / "policies" / "scp" / "deny-leaving.json"
    other.parent.mkdir(parents=True)
    other.write_text("a draft")
    text = changed_by_hand.read_text()
    policies = text[text.index("policies:\n") : text.index("root:\n")]
    without = text.replace(policies, "organization: {policy_types: [scp, tag]}\n")
    changed_by_hand.write_text(without.replace("deny-leaving", "").replace("team-tag", ""))
    assert program("import", "--update", "--mock").code == 0
    assert program("plan", "--mock", "--detailed-exitcode").code == 0
    assert other.read_text() == "a draft"


def test_one_difference_is_accepted(program: Program, changed_by_hand: Path) -> None:
    before = changed_by_hand.read_text()
    assert program("drift", "--accept", "account:sandbox-a", "--mock").code == 0
    line = "            sandbox-a: {email: sandbox-a@example.com}\n"
    after = changed_by_hand.read_text()
    assert line in after
    assert before.split("    Sandbox:")[0] == after.replace(line, "").split("    Sandbox:")[0]
    ran = program("drift", "--accept", "account:sandbox-a", "--mock")
    assert (ran.code, "nothing is different at account:sandbox-a" in ran.err) == (1, True)


def test_what_cannot_be_accepted_alone_edits_nothing(program: Program, tmp_path: Path) -> None:
    assert program("apply", "--mock", "--auto-approve").code == 0
    assert program("import", "org", "--mock").code == 0
    assert program("snapshot", "--mock", "--out", "live.json").code == 0
    spec, live = tmp_path / "org" / "org.yaml", json.loads((tmp_path / "live.json").read_text())
    of_tags = [
        each for each in live["resources"] if each.get("type") == "tag" or each.get("policy") == "policy:team-tag"
    ]
    live["resources"] = [each for each in live["resources"] if each not in of_tags]
    (tmp_path / "live.json").write_text(json.dumps(live))
    before = spec.read_text()
    ran = program("import", "other", "--snapshot", "live.json")
    assert "then reconciler plan --spec other/org.yaml --snapshot live.json\n" in ran.err
    ran = program("drift", "--spec", str(spec), "--snapshot", "live.json", "--accept", "policy_type:tag")
    assert (ran.code, spec.read_text()) == (1, before)
    assert "of type `tag`, which is not managed" in ran.err
    assert "/reconciler-" not in ran.err


def test_drift_as_a_patch(program: Program, changed_by_hand: Path, tmp_path: Path) -> None:
    ran = program("drift", "--output", "patch", "--mock", "--out", "drift.patch")
    assert ran.code == 2
    assert program("drift", "--mock").code == 2
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    subprocess.run(["git", "apply", "drift.patch"], cwd=tmp_path, check=True)
    assert program("drift", "--mock").code == 0
    empty = program("drift", "--output", "patch", "--mock")
    assert (empty.code, empty.out) == (0, "")


def test_a_patch_of_files_with_other_line_ends_and_of_links(program: Program, changed_by_hand: Path) -> None:
    top = changed_by_hand.parent
    real = top / "real.yaml"
    real.write_bytes(changed_by_hand.read_bytes().replace(b"\n", b"\r\n"))
    changed_by_hand.unlink()
    changed_by_hand.symlink_to(real)
    assert program("drift", "--output", "patch", "--mock", "--out", "drift.patch").code == 2
    subprocess.run(["git", "init", "-q", "."], cwd=top, check=True)
    subprocess.run(["git", "apply", "drift.patch"], cwd=top, check=True)
    assert program("drift", "--mock").code == 0


TOP = """\
version: 1
include: [teams/*.yaml]
x-tags: &tags {owner: platform}   # for all
policies:
  deny-s3: {type: scp, file: policies/deny.json.j2, vars: {service: s3}, tags: *tags}
  deny-sqs:
    type: scp
    file: policies/deny-sqs.json   # as it is
root:
  policies: [deny-s3]
  tags: *tags
  accounts: {management: {id: "123456789012"}}
"""
TEAMS = {
    "a": "root:\n  organizational_units:\n    A:\n      accounts:\n"
    "        # the first one\n        first: {email: first@example.com}\n",
    "b": "root:\n  organizational_units:\n    B:\n      policies: [deny-sqs]\n"
    "      accounts:\n        second: {email: second@example.com}\n",
}


def test_templates_included_files_and_anchors(program: Program, tmp_path: Path) -> None:
    """Documents of templates get files of their own, accounts change files, aliases get values of their own."""
    (tmp_path / "teams").mkdir()
    (tmp_path / "policies").mkdir()
    statement = '{"Effect": "Deny", "Action": "SERVICE:*", "Resource": "*"}'
    document = '{"Version": "2012-10-17",\n    "Statement": [' + statement + "]}"
    (tmp_path / "policies/deny.json.j2").write_text(document.replace("SERVICE", "{{ vars.service }}"))
    (tmp_path / "policies/deny-sqs.json").write_text(document.replace("SERVICE", "sqs"))

    def declare(**changed: str) -> None:
        texts = {"top": TOP, **TEAMS, **changed}
        (tmp_path / "org.yaml").write_bytes(texts["top"].replace("\n", "\r\n").encode())
        for name in TEAMS:
            (tmp_path / f"teams/{name}.yaml").write_text(texts[name])

    declare()
    assert program("apply", "--mock", "--auto-approve").code == 0
    by_hand = TOP.replace("service: s3", "service: sns").replace("  tags: *tags", "  tags: {owner: others}")
    (tmp_path / "policies/deny-sqs.json").write_text(document.replace("SERVICE", "kms"))
    first, second = (text.partition("      accounts:")[2] for text in TEAMS.values())
    declare(
        top=by_hand,
        a=f"root:\n  organizational_units:\n    A:\n      accounts:{second}",
        b=f"root:\n  organizational_units:\n    B:\n      policies: [deny-sqs]\n      accounts:{first}",
    )
    assert program("apply", "--mock", "--auto-approve").code == 0
    declare()
    (tmp_path / "policies/deny-sqs.json").write_text(document.replace("SERVICE", "sqs"))
    ran = program("import", "--update", "--mock")
    assert ran.code == 0
    assert program("plan", "--mock", "--detailed-exitcode").code == 0
    top = (tmp_path / "org.yaml").read_bytes().decode()
    assert top == TOP.replace("policies/deny.json.j2, vars: {service: s3}", "policies/scp/deny-s3.json").replace(
        "  tags: *tags\n", "  tags: {owner: others}\n"
    ).replace("\n", "\r\n")
    assert (
        "        # the first one\n        first: {email: first@example.com}\n"
        in (tmp_path / "teams/b.yaml").read_text()
    )
    assert json.loads((tmp_path / "policies/scp/deny-s3.json").read_text())["Statement"][0]["Action"] == "sns:*"
    assert (tmp_path / "policies/deny-sqs.json").read_text().startswith('{\n    "Version"')


def test_fmt_writes_the_form(program: Program, tmp_path: Path) -> None:
    (tmp_path / "org.yaml").write_text("root: {tags: {a: 'b'}}\nversion: 1\n")
    ran = program("fmt", "--check")
    assert (ran.code, "org.yaml" in ran.err) == (2, True)
    assert program("fmt").code == 0
    assert (tmp_path / "org.yaml").read_text() == "version: 1\nroot: {tags: {a: b}}\n"
    assert program("fmt", "--check").code == 0
    (tmp_path / "org.yaml").write_text("a: [\n")
    assert program("fmt").code == 3


TERRAFORM = {
    "version": 4,
    "resources": [
        {
            "mode": "managed",
            "type": "aws_organizations_account",
            "name": "this",
            "instances": [{"index_key": "webshop", "attributes": {"id": "SHOP"}}],
        },
        {
            "mode": "managed",
            "type": "aws_organizations_policy",
            "name": "leaving",
            "instances": [{"attributes": {"id": "POLICY"}}],
        },
    ],
}
ORG_FORMATION = """\
Resources:
  Webshop:
    Type: OC::ORG::Account
    Properties: {AccountName: shop-prod, RootEmail: shop-prod@example.com, Tags: !Ref X}
  Leaving:
    Type: OC::ORG::ServiceControlPolicy
    Properties: {PolicyName: deny-leaving}
"""
LZA = {
    "accounts-config.yaml": "workloadAccounts:\n  - {name: Webshop, email: Shop-Prod@example.com}\n",
    "organization-config.yaml": "serviceControlPolicies:\n  - {name: deny-leaving, policy: scps/leave.json}\n",
}


def test_names_of_other_tools(program: Program, tmp_path: Path) -> None:
    assert program("apply", "--mock", "--auto-approve").code == 0
    live = program("snapshot", "--mock").json["resources"]
    ids = {"SHOP": "shop-prod", "POLICY": "deny-leaving"}
    state = json.dumps(TERRAFORM)
    for placeholder, name in ids.items():
        state = state.replace(placeholder, next(each["id"] for each in live if each.get("name") == name))
    (tmp_path / "terraform.tfstate").write_text(state)
    (tmp_path / "organization.yml").write_text(ORG_FORMATION)
    (tmp_path / "lza").mkdir()
    for file, text in LZA.items():
        (tmp_path / "lza" / file).write_text(text)
    expected = {
        ("terraform-state", "terraform.tfstate"): ("webshop", "leaving", "policies/scp/leaving.json"),
        ("org-formation", "organization.yml"): ("Webshop", "Leaving", "policies/scp/Leaving.json"),
        ("lza", "lza"): ("Webshop", "deny-leaving", "scps/leave.json"),
    }
    for (tool, path), (account, policy, file) in expected.items():
        assert program("import", tool, "--mock", "--from", tool, path).code == 0
        value = yaml.safe_load((tmp_path / tool / "org.yaml").read_text())
        production = value["root"]["organizational_units"]["Workloads"]["organizational_units"]["Production"]
        assert production["accounts"][account]["name"] == "shop-prod"
        assert value["policies"][policy]["file"] == file
        options = ("--spec", f"{tool}/org.yaml", "--mock-state", ".reconciler/mock.json")
        assert program("plan", "--detailed-exitcode", *options).code == 0
