"""Proofs: what is proven, what is refuted with an example that the evaluator confirms, and what is neither."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from reconciler.model.impact import ClaimProof
from reconciler.policy.evaluation.chains import Chain
from reconciler.policy.evaluation.evaluate import decide
from reconciler.policy.impact.accounts import OUTSIDE
from reconciler.policy.impact.domain import choices, implies
from reconciler.policy.impact.impact import impact
from reconciler.policy.language import patterns
from reconciler.policy.language.conditions import Predicate, truth
from reconciler.policy.language.context import Context, Missing, OrganizationContext
from reconciler.policy.language.statements import Qualifier
from tests.unit.policy.corpus import needs_corpus, pairs
from tests.unit.policy.organizations import (
    ACCOUNT,
    ACCOUNT_ID,
    FULL,
    allow,
    chain,
    deny,
    deny_rcp,
    deny_regions,
    many,
    proven,
    with_full,
)

OURS = OrganizationContext("o-ours", frozenset({ACCOUNT_ID}))
TLS = {"Bool": {"aws:SecureTransport": "false"}}


def gain(before: Chain, after: Chain) -> ClaimProof:
    return checked(proven("no-gain", before, after, OURS), before, after)


def loss(before: Chain, after: Chain) -> ClaimProof:
    return checked(proven("no-loss", before, after, OURS), before, after)


def checked(proof: ClaimProof, before: Chain, after: Chain) -> ClaimProof:
    """The proof, after asking the evaluator about its example."""
    if proof.example is not None:
        asked = [decide(each, proof.example.request, place=OURS, closed_context=True) for each in (before, after)]
        assert [each.decision for each in asked] == [proof.example.before, proof.example.after]
        assert proof.example.before != proof.example.after
    assert (proof.example is not None) == (proof.verdict == "refuted")
    assert (proof.reason is not None) == (proof.verdict == "not_proven")
    return proof


def test_a_limit_that_is_no_number_is_never_reached() -> None:
    endless = chain(with_full(deny("s3:*", condition={"NumericLessThan": {"s3:max-keys": "inf"}})))
    assert gain(endless, chain()).verdict == "proven"
    assert loss(chain(), endless).verdict == "proven"


class TestOwnerOfTheResource:
    """PartlyKnown actions have no aws:ResourceAccount, aws:ResourceOrgID and aws:ResourceOrgPaths."""

    @pytest.mark.parametrize(("key", "value"), [("aws:ResourceAccount", ACCOUNT_ID), ("aws:ResourceOrgID", "o-ours")])
    def test_a_request_may_not_have_it(self, key: str, value: str) -> None:
        before = chain(with_full(deny("ec2:*", condition={"StringEquals": {key: value}})))
        after = chain(with_full(deny("ec2:*", condition={"StringEqualsIfExists": {key: value}})))
        proof = loss(before, after)
        assert proof.verdict == "refuted"
        assert proof.example is not None
        assert proof.example.request.context[key.lower()] == ()

    def test_the_absence_of_a_policy_variable_counts(self) -> None:
        before = chain(with_full(deny("ec2:*", condition={"StringNotEquals": {"ec2:Owner": "${aws:ResourceAccount}"}})))
        assert gain(before, chain()).verdict != "proven"


class TestGuardrails:
    def test_a_deny_more_gives_nobody_anything(self) -> None:
        before, after = chain(), chain(with_full(deny("s3:*")))
        assert gain(before, after).verdict == "proven"
        refuted = loss(before, after)
        assert refuted.verdict == "refuted"
        assert refuted.example is not None
        assert refuted.example.request.action.startswith("s3:")

    def test_a_region_less(self) -> None:
        before, after = (chain({}, with_full(deny_regions(*each))) for each in (("a", "b"), ("a",)))
        assert gain(before, after).verdict == "proven"
        example = loss(before, after).example
        assert example is not None
        assert example.request.context == {"aws:requestedregion": ("b",)}

    def test_a_refactoring_of_one_deny_into_two(self) -> None:
        one = chain(with_full(deny("s3:*", "sqs:*", condition=TLS)))
        two = chain(with_full(deny("sqs:*", condition=TLS)), with_full(deny("s3:*", condition=TLS)))
        assert gain(one, two).verdict == loss(one, two).verdict == "proven"

    def test_two_statements_that_together_say_what_one_did(self) -> None:
        """No single statement covers the old one, so this takes the search over all values of the key."""
        one = chain(with_full(deny("s3:*")))
        halves = [deny("s3:*", condition={"Null": {"aws:SourceVpc": each}}) for each in ("true", "false")]
        assert gain(one, chain(with_full(*halves))).verdict == "proven"

    def test_an_exemption_for_a_role(self) -> None:
        before = chain(with_full(deny("iam:*")))
        after = chain(
            with_full(deny("iam:*", condition={"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/A*"}}))
        )
        example = gain(before, after).example
        assert example is not None
        assert example.request.principal is not None
        assert example.request.principal.startswith(f"arn:aws:iam::{ACCOUNT_ID}:role/A")

    def test_a_narrower_resource(self) -> None:
        before = chain(with_full(deny("s3:*", resource="arn:aws:s3:::*")))
        after = chain(with_full(deny("s3:*", resource="arn:aws:s3:::log-*")))
        example = gain(before, after).example
        assert example is not None
        assert (example.request.resource or "").startswith("arn:aws:s3:::")
        assert loss(before, after).verdict == "proven"

    def test_an_allow_list(self) -> None:
        before, after = chain({}, {"scp": [allow("s3:*")]}), chain({}, {"scp": [allow("s3:*", "sqs:*")]})
        example = gain(before, after).example
        assert example is not None
        assert example.request.action.startswith("sqs:")

    def test_not_action_for_actions_that_nobody_knows(self) -> None:
        """The exemption of a service covers what the service will have some day."""
        before = chain(with_full(deny_regions("a", but=("iam:*",))))
        after = chain(with_full(deny_regions("a", but=("iam:*", "newservice:*"))))
        example = gain(before, after).example
        assert example is not None
        assert example.request.action.startswith("newservice:")

    def test_rcps_are_about_callers_from_outside_too(self) -> None:
        condition = {"StringEquals": {"aws:PrincipalAccount": OUTSIDE}}
        before, after = chain({"rcp": [deny_rcp("s3:*", condition=condition)]}), chain()
        example = gain(before, after).example
        assert example is not None
        assert example.request.principal == f"arn:aws:iam::{OUTSIDE}:role/x"

    @pytest.mark.parametrize(
        ("kind", "key"), [("rcp", "aws:PrincipalAccount"), ("rcp", "aws:PrincipalArn"), ("scp", "aws:ResourceAccount")]
    )
    def test_an_exemption_for_one_account_more(self, kind: str, key: str) -> None:
        """Only a request by, or on a resource of, just that account tells the difference."""
        form = "arn:aws:iam::{}:role/Partner" if key == "aws:PrincipalArn" else "{}"
        documents = [
            (deny_rcp if kind == "rcp" else deny)(
                "s3:*", condition={"StringNotEquals": {key: [form.format(x) for x in each]}}
            )
            for each in (["222222222222"], ["222222222222", "333333333333"])
        ]
        before, after = (
            chain({"scp": [FULL], **({"rcp": [x]} if kind == "rcp" else {"scp": [FULL, x]})}) for x in documents
        )
        example = gain(before, after).example
        assert example is not None
        assert "333333333333" in f"{example.request.principal} {example.request.resource_account}"
        assert loss(before, after).verdict == "proven"

    def test_other_accounts_of_the_organization(self) -> None:
        """An RCP against our own organization, in an account whose own principals can do nothing anyway."""
        ours = deny_rcp("s3:*", condition={"StringEquals": {"aws:PrincipalOrgID": "o-ours"}})
        before, after = chain({"scp": [FULL, deny("*")], "rcp": [ours]}), chain({"scp": [FULL, deny("*")]})
        place = OrganizationContext("o-ours", frozenset({ACCOUNT_ID, "222222222222"}))
        proof = proven("no-gain", before, after, place)
        assert proof.example is not None
        assert (proof.example.request.principal or "").startswith("arn:aws:iam::222222222222:")

    def test_callers_of_an_organization_that_no_policy_names(self) -> None:
        """And callers of none: an account that is in no organization has no aws:PrincipalOrgID."""
        foreign = deny_rcp("s3:*", condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-ours"}})
        standalone = {
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-ours"},
            "Null": {"aws:PrincipalOrgID": "true"},
        }
        organized = {"StringNotEquals": {"aws:PrincipalOrgID": "o-ours"}, "Null": {"aws:PrincipalOrgID": "false"}}
        without = [chain({"rcp": [deny_rcp("s3:*", condition=each)]}) for each in (standalone, organized)]
        examples = [gain(chain({"rcp": [foreign]}), each).example for each in without]
        contexts = [each.request.context.get("aws:principalorgid") for each in examples if each]
        assert len(contexts) == 2
        assert contexts[0] not in (None, (), ("o-ours",))
        assert not contexts[1]

    def test_policy_variables(self) -> None:
        own = {"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
        assert (
            gain(chain(with_full(deny("ec2:*"))), chain(with_full(deny("ec2:*", condition=own)))).verdict == "refuted"
        )

    def test_what_cannot_be_shown_is_not_claimed(self) -> None:
        """An operator that nobody knows could hold or not."""
        strange = [deny("s3:*", condition={each: {"aws:x": "a"}}) for each in ("StringIsh", "StringIsh2")]
        proof = gain(*(chain(with_full(each)) for each in strange))
        assert proof.verdict == "not_proven"
        assert proof.reason

    def test_an_account_that_does_not_exist_yet(self) -> None:
        before, after = chain(account_id=None), chain(with_full(deny("s3:*")), account_id=None)
        assert proven("no-loss", before, after).verdict == "refuted"

    def test_accounts_without_change_need_no_search(self) -> None:
        above = chain(with_full(deny_regions("a")))
        assert proven("no-gain", above, above).accounts == 1
        assert proven("no-gain", above, chain(with_full(deny_regions("a")))).verdict == "proven"


@needs_corpus
def test_every_real_change_in_both_directions() -> None:
    """Each refuted claim has an example that the evaluator confirms, and no proof contradicts the impact."""
    verdicts = {"proven": 0, "refuted": 0, "not_proven": 0}
    for pair in pairs():
        kind = "rcp" if any("Principal" in each for each in many(pair.new["Statement"])) else "scp"  # type: ignore[index,call-overload]
        before, after = (
            chain({}, {"scp": [FULL], kind: [FULL, each] if kind == "scp" else [each]}) for each in pair[1:]
        )
        proofs = gain(before, after), loss(before, after)
        changes = {line.change for each in impact({ACCOUNT: before}, {ACCOUNT: after}) for line in each.lines}
        for proof, ways in zip(proofs, ({"gained", "relaxed"}, {"lost", "restricted"}), strict=True):
            verdicts[proof.verdict] += 1
            assert proof.verdict != "refuted" or changes & ways, pair.name
            assert proof.verdict == "proven" or changes, pair.name
    assert verdicts["refuted"] > 200
    assert verdicts["proven"] > 150
    assert verdicts["not_proven"] < 20


QUALIFIERS: tuple[tuple[Qualifier | None, bool], ...] = (
    (None, False),
    (None, True),
    ("ForAnyValue", False),
    ("ForAllValues", False),
)
TEXTS = [
    Predicate(name, "k", values, qualifier, if_exists)
    for name in ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike")
    for values in (("a",), ("a", "b"), ("a*",), ("*",), ("ab",))
    for qualifier, if_exists in QUALIFIERS
]
OTHERS = [
    Predicate("Null", "k", ("true",)),
    Predicate("Null", "k", ("false",)),
    Predicate("NumericLessThan", "k", ("5",)),
    Predicate("NumericLessThanEquals", "k", ("7",)),
    Predicate("NumericGreaterThanEquals", "k", ("7", "9")),
    Predicate("IpAddress", "k", ("10.0.0.0/8",)),
    Predicate("NotIpAddress", "k", ("10.1.0.0/16",)),
    Predicate("Bool", "k", ("true",)),
    Predicate("DateLessThan", "k", ("2026-01-01",)),
    Predicate("BinaryEquals", "k", ("QUJD",)),
]
TRIED: list[Any] = [
    Missing.ABSENT, *((each,) for each in ("a", "b", "ab", "abc", "c", "6", "7", "10.1.2.3", "10.2.0.0", "true")),
    ("a", "c"), ("c", "d"), ("a", "b"), ("false",), ("1",), ("1700000000",), ("QUJD",),
]  # fmt: skip


@pytest.mark.parametrize("predicates", [TEXTS, OTHERS], ids=["texts", "others"])
def test_an_implication_holds_for_every_value(predicates: list[Predicate]) -> None:
    shown = 0
    for one, other in itertools.product(predicates, repeat=2):
        if implies(one, other):
            shown += 1
            for found in TRIED:
                context = Context({"k": found})
                assert truth(one, context) is not True or truth(other, context) is True, (one, other, found)
    assert shown > len(predicates)


@pytest.mark.parametrize("predicates", [TEXTS, OTHERS], ids=["texts", "others"])
def test_choices_have_every_combination_of_truths(predicates: list[Predicate]) -> None:
    for one, other in itertools.combinations(predicates, 2):
        tried = {_truths(one, other, found) for found in TRIED}
        known = choices((one, other))
        assert tried <= {each.truths for each in known}, (one, other)
        for each in known:
            assert each.found is None or _truths(one, other, each.found) == each.truths, (one, other, each)


def _truths(one: Predicate, other: Predicate, found: Any) -> tuple[bool | None, ...]:
    return tuple(truth(each, Context({"k": found})) for each in (one, other))


def test_too_many_patterns_are_given_up() -> None:
    many_patterns = tuple(f"*{index}*" for index in range(60))
    with pytest.raises(patterns.TooLargeError):
        choices((Predicate("StringLike", "k", many_patterns),))
