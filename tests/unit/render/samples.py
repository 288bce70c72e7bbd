"""Plans, reports and organizations as they occur, made with the model's own classes."""

from __future__ import annotations

from pathlib import Path

from reconciler.model import address as at
from reconciler.model.base import Json, Source
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.document import minified
from reconciler.model.impact import ActionSet, Cause, Impact, ImpactLine
from reconciler.model.inventory import Inventory, Organization
from reconciler.model.plan import Change, Exit, Guards, Plan, Unmanaged, Violation, Warning_
from reconciler.model.plan import Organization as PlanOrganization
from reconciler.model.report import Done, Failed, MadeCall, Report, Skipped
from reconciler.model.resources import Account, Attachment, OrganizationalUnit, Policy, PolicyType, Resource, Root

ROOT = Path(__file__).resolve().parents[3]
ORGANIZATION = PlanOrganization(id="o-a1b2c3d4e5", management_account_id="111122223333", root_id="r-ab12")


def source(line: int, file: str = "org.yaml") -> Source:
    return Source(file=file, line=line)


def unit(path: str, **fields: object) -> OrganizationalUnit:
    steps = at.split_path(path)
    parent = at.ou("/".join(steps[:-1])) if len(steps) > 1 else at.ROOT
    values = {
        "address": at.ou(path),
        "id": f"ou-ab12-{len(path):08d}",
        "name": at.unescape(steps[-1]),
        "parent": parent,
    }
    return OrganizationalUnit.model_validate(values | fields)


def account(key: str, parent: str, id: str | None, **fields: object) -> Account:
    values = {"address": at.account(key), "id": id, "email": f"aws+{key}@example.com", "parent": parent}
    return Account.model_validate(values | fields)


def policy(key: str, type: str, content: Json, **fields: object) -> Policy:
    values = {"address": at.policy(key), "id": f"p-{key[:8]}", "type": type, "name": key, "content": content}
    return Policy.model_validate(values | fields)


def attachment(key: str, target: str) -> Attachment:
    return Attachment(address=at.attachment(at.policy(key), target), policy=at.policy(key), target=target)


def change(action: str, reason: str, before: Resource | None, after: Resource | None, **fields: object) -> Change:
    thing = after or before
    assert thing is not None
    values = {"address": thing.address, "kind": thing.kind, "action": action, "reason": reason, "before": before}
    return Change.model_validate(values | {"after": after} | fields)


def regions(*allowed: str, exempt: tuple[str, ...] = ()) -> Json:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "DenyOutsideEU",
                "Effect": "Deny",
                "NotAction": ["cloudfront:*", "iam:*", "organizations:*", "route53:*", "sts:*", *exempt],
                "Resource": "*",
                "Condition": {
                    "StringNotEquals": {"aws:RequestedRegion": list(allowed)},
                    "ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/break-glass"]},
                },
            },
            {"Sid": "DenyLeaving", "Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"},
        ],
    }


ENFORCE_TLS: Json = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "EnforceTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["s3:*", "sqs:*", "kms:*", "secretsmanager:*", "sts:AssumeRole", "ecr:*"],
            "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}},
        },
        {
            "Sid": "OnlyOurLogArchive",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::audit-*/*",
            "Condition": {"StringNotEquals": {"aws:PrincipalAccount": ["⟨account:log-archive-2.id⟩"]}},
        },
    ],
}
SPEND_LIMIT: Json = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": ["ec2:RunInstances", "rds:CreateDBInstance"], "Resource": "*"}],
}
COST_TAGS: Json = {
    "tags": {"costcenter": {"tag_key": {"@@assign": "CostCenter"}, "tag_value": {"@@assign": ["100", "200"]}}}
}
COST_TAGS_MORE: Json = {
    "tags": {
        "costcenter": {
            "tag_key": {"@@assign": "CostCenter"},
            "tag_value": {"@@assign": ["100", "200", "300*"]},
            "enforced_for": {"@@assign": ["secretsmanager:*"]},
        }
    }
}


def desired() -> Inventory:
    workloads = [
        account(f"shop-{index:02d}", "ou:Workloads/Production", f"3333000000{index:02d}") for index in range(12)
    ]
    resources: list[Resource] = [
        Root(address=at.ROOT, id="r-ab12"),
        unit("Security"),
        unit("Workloads"),
        unit("Workloads/Production", id="ou-ab12-prod0000"),
        unit("Workloads/Staging"),
        unit("Sandbox"),
        unit("Sandbox/Interns", id=None),
        *workloads,
        account("payments-prod", "ou:Workloads/Production", "222222222222", name="Payments (production)"),
        account("payments-dev", "ou:Workloads/Staging", "222222222223"),
        account("log-archive", "ou:Security", "444444444444"),
        account("intern-01", "ou:Sandbox/Interns", None),
        policy("deny-regions", "scp", regions("eu-west-1", "eu-central-1", "eu-north-1", exempt=("support:*",))),
        policy("enforce-tls", "rcp", ENFORCE_TLS, id=None),
        policy("spend-limit", "scp", SPEND_LIMIT),
        policy("cost-tags", "tag", COST_TAGS_MORE),
        attachment("deny-regions", "ou:Workloads/Production"),
        attachment("enforce-tls", "ou:Workloads/Production"),
        attachment("spend-limit", "ou:Workloads/Staging"),
        attachment("cost-tags", at.ROOT),
    ]
    found = Inventory(organization=Organization(id=ORGANIZATION.id, management_account_id="111122223333"))
    return found.with_resources(resources)


IMPACT = (
    Impact(
        about="principals",
        accounts=tuple(f"account:shop-{index:02d}" for index in range(13)),
        risk="high",
        lines=(
            ImpactLine(
                change="restricted",
                actions=ActionSet(text="everything except iam:*, sts:* and 4 more", count=9_000, include=("*",)),
                text="newly denied if aws:RequestedRegion is us-east-1: everything except iam:*, sts:* and 4 more",
                risk="high",
                why="production accounts",
                because=(Cause(policy="deny-regions", statement="DenyOutsideEU", version="after"),),
            ),
            ImpactLine(
                change="relaxed",
                actions=ActionSet(text="support:*", count=30, include=("support:*",)),
                text="no longer denied if aws:RequestedRegion is eu-north-1: support:*",
                because=(Cause(policy="deny-regions", statement=1, version="before"),),
                varies=True,
            ),
        ),
    ),
)


def plan() -> Plan:
    """A plan with a bit of everything."""
    wanted = desired().by_address()
    tls, tags, deny = wanted["policy:enforce-tls"], wanted["policy:cost-tags"], wanted["policy:deny-regions"]
    production, payments = wanted["ou:Workloads/Production"], wanted["account:payments-prod"]
    interns, intern = wanted["ou:Sandbox/Interns"], wanted["account:intern-01"]
    attached = wanted["attachment:enforce-tls@Workloads/Production"]
    legacy, undeclared = unit("Legacy"), attachment("temp-open", "ou:Sandbox")
    rcp = PolicyType(address=at.policy_type("rcp"), type="rcp")
    changes = [
        change("enable", "declared", None, rcp, source=source(9)),
        change("create", "declared", None, tls, source=source(44), accounts=13, depends_on=("policy_type:rcp",)),
        change(
            "update", "differs",
            deny.model_copy(
                update={"content": regions("eu-west-1", "us-east-1", "eu-central-1"), "tags": {"owner": "ops"}}
            ),
            deny.model_copy(update={"tags": {"owner": "security", "tier": "1"}}),
            fields=("content", "tags"), source=source(41, "teams/security/policies.yaml"), accounts=13,
        ),
        change(
            "rename", "renamed", tags.model_copy(update={"name": "cost_tags", "content": COST_TAGS}), tags,
            fields=("content", "name"), source=source(51), accounts=17,
        ),
        change("create", "declared", None, interns, source=source(88)),
        change(
            "rename", "renamed", production.model_copy(update={"name": "Prod"}), production, fields=("name",),
            source=source(60), accounts=13,
        ),
        change(
            "create", "declared", None, intern, source=source(90), note="asynchronous, one to two minutes", accounts=1,
            depends_on=("ou:Sandbox/Interns",),
        ),
        change(
            "attach", "declared", None, attached, source=source(62), accounts=13,
            depends_on=("policy:enforce-tls", "policy_type:rcp"),
        ),
        change(
            "move", "differs", payments.model_copy(update={"parent": "ou:Workloads/Staging"}), payments,
            fields=("parent",), source=source(63), accounts=1,
        ),
        change("detach", "not_declared", undeclared, None, accounts=2),
        change(
            "close", "closed", account("old-shop", "ou:Sandbox", "444455556666"),
            account("old-shop", "ou:Sandbox", "444455556666", state="pending_closure"), fields=("state",),
            source=source(101), note="a closed account can be reopened for 90 days, then it is gone", accounts=1,
        ),
        change("delete", "not_declared", policy("temp-open", "scp", SPEND_LIMIT), None),
        change("delete", "not_declared", legacy, None),
    ]  # fmt: skip
    guardrails = [f"aws-guardrails-{name}" for name in ("AbCdEf", "GhIjKl", "MnOpQr", "StUvWx", "YzAbCd")]
    return Plan(
        organization=ORGANIZATION,
        spec_digest="sha256:" + "0" * 64,
        changes=tuple(changes),
        unmanaged=(
            Unmanaged(address="ou:Playground", kind="organizational_unit", id="ou-ab12-99999999", name="Playground"),
            Unmanaged(address="account:999988887777", kind="account", id="999988887777", name="Unknown"),
            *(Unmanaged(address=at.policy(each), kind="policy", id=f"p-{each[-6:]}", name=each) for each in guardrails),
        ),
        warnings=(
            Warning_(
                code="W301", message="deny-regions takes us-east-1 from 13 accounts; recent use there was not checked",
                source=source(41), address="policy:deny-regions",
            ),
            Warning_(code="W503", message="account:payments-dev has the e-mail a@example.com, not b@example.com"),
        ),
        impact=IMPACT,
        ids={at.ROOT: "r-ab12", "account:payments-prod": "222222222222", "account:old-shop": "444455556666"},
        managed=143,
        reads={"ListAccounts": 2, "DescribePolicy": 4, "ListTargetsForPolicy": 9},
        exit=Exit(),
    )  # fmt: skip


def blocked() -> Plan:
    violations = (
        Violation(
            guard="deletes.attachments",
            message="17 of 52 policy attachments would be removed (33%, limit 25%)",
            addresses=tuple(f"attachment:deny-regions@Workloads/Team {index}" for index in range(17)),
            allow="--allow deletes.attachments=17",
            source=source(130),
        ),
        Violation(
            guard="protected",
            message="account:log-archive is protected, and 1 change would weaken it",
            addresses=("account:log-archive",),
            allow="--allow protected:account:log-archive=1",
        ),
        Violation(
            guard="management_account",
            message="the management account is never moved, closed or removed",
            addresses=("account:management",),
        ),
    )
    return plan().model_copy(
        update={"guards": Guards(violations=violations), "exit": Exit(code=4, reason="guard.blocked")}
    )


def empty() -> Plan:
    return plan().model_copy(update={"changes": (), "warnings": (), "unmanaged": ()})


def report() -> Report:
    """An apply that failed in the middle."""
    return Report(
        digest="sha256:" + "9" * 64,
        done=(
            Done(address="policy_type:rcp", action="enable"),
            Done(address="policy:enforce-tls", action="create", id="p-9f2c41ab"),
            Done(address="attachment:temp-open@Sandbox", action="detach"),
        ),
        failed=(
            Failed(
                address="attachment:enforce-tls@Workloads/Production",
                action="attach",
                error="AttachPolicy: ConstraintViolationException (MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED): "
                "You have attached the maximum number of policies to the specified target.",
                request_id="3f1c9a52-0f6e-4a57-9c1e-0b6a6a7d2f10",
                help="detach another RCP there, or ask AWS for a higher quota and set organization.quotas",
            ),
        ),
        skipped=(
            Skipped(
                address="account:payments-prod", action="move", because="attachment:enforce-tls@Workloads/Production"
            ),
            Skipped(address="ou:Legacy", action="delete", because="attachment:enforce-tls@Workloads/Production"),
            Skipped(address="policy:temp-open", action="delete", because="interrupted"),
        ),
        calls={"AttachPolicy": 3, "CreatePolicy": 1, "EnablePolicyType": 1, "DetachPolicy": 1},
        journal=".reconciler/journal/2026-11-22T07-00-00Z.jsonl",
        exit=Exit(code=7, reason="apply.partial"),
    )


def dry_run() -> Report:
    calls = (
        MadeCall(
            operation="EnablePolicyType",
            params={"RootId": "r-ab12", "PolicyType": "RESOURCE_CONTROL_POLICY"},
            address="policy_type:rcp",
        ),
        MadeCall(
            operation="CreatePolicy",
            params={
                "Name": "enforce-tls",
                "Description": "Only encrypted transport",
                "Type": "RESOURCE_CONTROL_POLICY",
                "Content": minified(ENFORCE_TLS),
                "Tags": [{"Key": "owner", "Value": "security"}],
            },
            address="policy:enforce-tls",
        ),
        MadeCall(
            operation="AttachPolicy",
            params={"PolicyId": "(id of policy:enforce-tls)", "TargetId": "ou-ab12-prod0000"},
            address="attachment:enforce-tls@Workloads/Production",
        ),
    )
    return Report(digest="sha256:" + "9" * 64, dry_run=True, would_call=calls)


SPEC_LINES = (
    "organization:",
    "  accounts:",
    "      payments-prod:",
    "        email: aws+payments@example.com",
    "        id: 012345670123",
    "\tpolicies: [deny-regions]\t# 東京",
    "    content: {Version: '2012-10-17', Statement: [{Sid: "
    + "A" * 120
    + ", Effect: deny, Action: 's3:*'}]} # "
    + "z" * 90,
)


def read_line(file: str, line: int) -> str | None:
    return SPEC_LINES[line - 1] if file == "org.yaml" and 0 < line <= len(SPEC_LINES) else None


def diagnostics() -> list[Diagnostic]:
    return [
        Diagnostic(
            code="E310", severity="error", message="policy `deny-regions` is attached to an OU which does not exist",
            file="org.yaml", line=6, column=2, end_column=10, help="did you mean `Workloads/Prod`?",
            related=(("Workloads/Prod is declared here", "org.yaml", 2, 3),),
        ),
        Diagnostic(
            code="E203", severity="error", message="account id must be a quoted string of 12 digits",
            file="org.yaml", line=5, column=13, end_column=25, help='write  id: "012345670123"',
            label="YAML 1.1 reads this as the octal number 1402433619",
        ),
        Diagnostic(
            code="E410", severity="error", message="`Effect` must be `Allow` or `Deny`", file="org.yaml",
            line=7, column=187, end_column=191, label="found `deny`", help="write  Effect: Deny",
        ),
        Diagnostic(code="W120", severity="warning", message="the file is empty", file="teams/empty.yaml"),
    ]  # fmt: skip
