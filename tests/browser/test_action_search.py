"""What the search of a page answers about an action is never more than the evaluation in Python allows."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from playwright.sync_api import Page

from reconciler.model.decision import Request
from reconciler.model.inventory import Inventory
from reconciler.model.resources import Account
from reconciler.model.scope import Scope, Unread
from reconciler.policy.language.context import WITHOUT_PRINCIPAL
from reconciler.render import html
from reconciler.use_cases.policy_evaluator import PolicyEvaluator
from tests.browser.conftest import Open
from tests.browser.pages import indexed
from tests.building import MANAGEMENT_ID, org

ACTIONS = (
    "s3:GetObject", "s3:PutBucketAcl", "S3:putobject", "ec2:RunInstances", "ec2:RunInstance", "iam:CreateUser",
    "iam:PassRole", "sts:AssumeRole", "sts:GetCallerIdentity", "sts:AssumeRoleWithSAML", "kms:RetireGrant",
    "kms:Decrypt", "organizations:LeaveOrganization", "cognito-idp:InitiateAuth", "sso:ListAccounts", "made:Up",
    "cloudtrail-data:PutAuditEvents", "sqs:SendMessage",
)  # fmt: skip
QUESTIONS = ("*", "s3:*", "ec2:Run*", "ec2:RunInstance?", "iam:*", "*:*Role*", "s?:*", "kms:*", "sts:*", "*:Get*")
PATTERNS = (
    "*", "s3:*", "s3:Get*", "S3:GET*", "s3:?etObject", "s3:Put*Acl", "*:Get*", "ec2:*", "ec2:Run*", "ec2:RunInstance?",
    "iam:*", "iam:*Role", "sts:*", "sts:GetCallerIdentity", "kms:*", "kms:Retire*", "organizations:*", "cognito-idp:*",
    "sso:*", "*:*", "?ts:*", "s*", "noservice", "s3**:?*", "cloudtrail-data:*", "sqs:SendMessage", "",
)  # fmt: skip
RESOURCES: tuple[dict[str, Any], ...] = (
    {"Resource": "*"},
    {"Resource": ["*", "arn:aws:s3:::x"]},
    {"Resource": "arn:aws:s3:::logs/*"},
    {"NotResource": "arn:aws:s3:::logs/*"},
    {"NotResource": "*"},
    {},
)
CONDITIONS: tuple[dict[str, Any], ...] = (
    {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}},
    {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/break-glass"}},
    {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}},
    {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}},
    {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    },
    {"StringEquals": {"aws:PrincipalOrgID": "o-other00000"}},
    {"Bool": {"aws:PrincipalIsAWSService": "true"}},
    {"Null": {"aws:PrincipalTag/team": "true"}},
    {"StringEquals": {"aws:PrincipalType": "AssumedRole"}},
    {"NoSuchOperator": {"aws:PrincipalType": "AssumedRole"}},
    {"StringEquals": {"aws:PrincipalAccount": "100000000003"}},
)  # fmt: skip


def statement(dice: random.Random, effect: str) -> dict[str, Any]:
    actions = dice.sample(PATTERNS, dice.randint(1, 3))
    found: dict[str, Any] = {"Effect": effect, dice.choice(("Action", "Action", "NotAction")): actions}
    found |= dice.choice(RESOURCES) if dice.random() < 0.4 else {"Resource": "*"}
    if dice.random() < 0.5:
        found["Condition"] = dice.choice(CONDITIONS)
    return found


def document(dice: random.Random, allow: float) -> dict[str, Any]:
    effects = ["Allow" if dice.random() < allow else "Deny" for _ in range(dice.randint(1, 3))]
    return {"Version": "2012-10-17", "Statement": [statement(dice, each) for each in effects]}


def organization(seed: int) -> Inventory:
    """A tree three levels deep with SCPs, RCPs and allow lists; always the same one for a seed."""
    dice = random.Random(seed)
    units = [f"{top}{below}" for top in ("A", "B", "C", "D", "E") for below in ("", "/M", "/N")]
    accounts = {f"k{number}": dice.choice(units) for number in range(40)} | {"management": "/"}
    scps = {f"scp{number}": document(dice, 0.2) for number in range(25)}
    lists = {f"list{number}": document(dice, 1.0) for number in range(5)}
    rcps = {f"rcp{number}": document(dice, 0.0) for number in range(12)}
    nodes = [*units, *(f"@{each}" for each in accounts)]
    attached = {each: dice.sample(nodes, 2) for each in (*scps, *rcps)} | {
        each: dice.sample(units, 1) for each in lists
    }
    bare = [target for each in lists for target in attached[each]]
    types = dict.fromkeys(rcps, "rcp")
    found = org(
        units, accounts, scps | lists | rcps, attached, types=("scp", "rcp"), no_full_access=bare, policy_types=types
    )
    ids = {f"account:k{number}": f"{100000000000 + number}" for number in range(0, 40, 2)}
    closed = {"account:k7", "account:k8"}
    changed = (
        each.model_copy(
            update={"id": ids.get(each.address, each.id), "state": "closed" if each.address in closed else "active"}
        )
        if isinstance(each, Account)
        else each
        for each in found.resources
    )
    own = found.organization.model_copy(update={"id": "o-a1b2c3d4e5", "management_account_id": MANAGEMENT_ID})
    return found.with_resources(changed).model_copy(update={"organization": own})


def answers(page: Page, questions: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """By question: the verdict for each account."""
    found: dict[str, dict[str, str]] = page.evaluate(
        """questions => Object.fromEntries(questions.map((each) => {
            const side = Organization.sides[0], asked = Actions.question(each, Organization.rules);
            const found = Organization.answers(side, asked);
            return [each, Object.fromEntries(found.map(([at, answer]) => [side.nodes[at].a, answer.verdict]))];
        }))""",
        list(questions),
    )
    return found


def asked(page: Page, text: str) -> None:
    """Types a question and asks it."""
    page.fill("#action", text)
    page.press("#action", "Enter")


def page_of(inventory: Inventory) -> str:
    return html.organization(indexed(inventory), spec="org.yaml")


SURE = {"can": "allowed", "cannot": "denied"}


@pytest.mark.parametrize("seed", range(6))
def test_a_sure_answer_about_an_action_is_that_of_the_evaluation(opened: Open, seed: int) -> None:
    inventory = organization(seed)
    evaluator, found = PolicyEvaluator.of(inventory), answers(opened(page_of(inventory)), ACTIONS)
    wrong, decided = [], set()
    for action, verdicts in found.items():
        assert verdicts.keys() == {each.partition(":")[2] for each in evaluator.chains}
        for account, verdict in verdicts.items():
            decision = evaluator.explain(Request(account=account, action=action)).decision
            decided.add((verdict, decision))
            if SURE.get(verdict, decision) != decision or verdict in ("part", "unknown"):
                wrong.append((action, account, verdict, decision))
    assert wrong == []
    assert {("can", "allowed"), ("cannot", "denied"), ("depends", "conditional")} <= decided


@pytest.mark.parametrize("seed", range(6))
def test_a_sure_answer_about_a_pattern_holds_for_every_action(opened: Open, seed: int) -> None:
    inventory = organization(seed)
    evaluator, found = PolicyEvaluator.of(inventory), answers(opened(page_of(inventory)), QUESTIONS)
    excepted = {"sts:getcalleridentity", *WITHOUT_PRINCIPAL}
    wrong = []
    for question, verdicts in found.items():
        pattern = re.escape(question.lower()).replace(r"\*", ".*").replace(r"\?", ".")
        matching = [each for each in ACTIONS if re.fullmatch(pattern, each.lower())]
        assert matching
        for account, verdict in verdicts.items():
            for action in matching if verdict in SURE else ():
                decision = evaluator.explain(Request(account=account, action=action)).decision
                if decision != SURE[verdict] and not (verdict == "cannot" and action.lower() in excepted):
                    wrong.append((question, action, account, verdict, decision))
    assert wrong == []
    assert {each for verdicts in found.values() for each in verdicts.values()} >= {"can", "cannot", "part"}


def test_what_was_not_read_makes_the_answer_unknown(opened: Open) -> None:
    found = org(["A"], {"a": "A"}, types=("scp", "rcp"))
    unread = Scope(unread=(Unread(kind="rcp", reason="AccessDenied"),))
    page = opened(page_of(found.model_copy(update={"scope": unread})))
    assert answers(page, ("s3:GetObject", "ec2:RunInstances")) == {
        "s3:GetObject": {"a": "unknown"},
        "ec2:RunInstances": {"a": "can"},
    }
    asked(page, "s3:GetObject")
    assert "Not read: RCPs: AccessDenied" in page.inner_text("#results")


NOT_S3: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "OnlyS3", "Effect": "Deny", "NotAction": ["s3:*", "sts:*"], "Resource": "*"}],
}
WILD: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "NoUsers", "Effect": "Deny", "Action": "iam:*User*", "Resource": "*"}],
}


def test_denies_by_wildcard_and_by_not_action_are_found_with_their_statement_and_level(opened: Open) -> None:
    page = opened(page_of(org(["A", "A/B"], {"a": "A", "b": "A/B"}, {"only-s3": NOT_S3, "no-users": WILD},
                              {"only-s3": ["A/B"], "no-users": ["A"]})))  # fmt: skip
    for action, expected in {
        "ec2:RunInstances": {"a": "can", "b": "cannot"},
        "s3:GetObject": {"a": "can", "b": "can"},
        "IAM:createuser": {"a": "cannot", "b": "cannot"},
    }.items():
        assert answers(page, (action,))[action] == expected
    asked(page, "ec2:RunInstances")
    stops = page.inner_text(".answer.cannot .stops")
    assert "only-s3" in stops
    assert "OnlyS3" in stops
    assert "A/B" in stops
    asked(page, "iam:CreateUser")
    assert "NoUsers" in page.inner_text(".answer.cannot .stops")


def test_patterns_are_compared_as_in_python(opened: Open) -> None:
    """`contains` is never true where a text matches the inner pattern only; `overlap` is exact."""
    from reconciler.policy.language import patterns

    dice = random.Random(1)
    words = ["".join(dice.choice("ab*?") for _ in range(dice.randint(1, 6))) for _ in range(60)]
    pairs = [(dice.choice(words), dice.choice(words)) for _ in range(1_500)]
    found = opened(page_of(org())).evaluate(
        """pairs => pairs.map(([a, b]) => { const [x, y] = [Actions.characters(a), Actions.characters(b)];
            return [Actions.contains(x, y), Actions.overlap(x, y)]; })""",
        pairs,
    )
    for (one, other), (contains, overlap) in zip(pairs, found, strict=True):
        tokens = patterns.pattern(one), patterns.pattern(other)
        assert overlap == (not patterns.disjoint(*tokens)), (one, other)
        assert not contains or patterns.contained(tokens[1], tokens[0]), (one, other)
    assert sum(contains for contains, _ in found) > 100


def test_a_text_that_is_no_action_gets_a_hint(opened: Open) -> None:
    page = opened(page_of(org(["A"], {"a": "A"})))
    for text in ("GetObject", "s3:", "<b>:x", "s3:Get Object"):
        asked(page, text)
        assert "Type an action" in page.inner_text("#results .hint")
        assert page.locator(".answer").count() == 0
