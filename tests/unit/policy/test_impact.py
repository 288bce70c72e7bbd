"""What a change means: told in a few lines, and equal to asking for every action one by one."""

from __future__ import annotations

import random
from typing import Any

import jsonschema
import pytest

from reconciler.model.impact import Impact, ImpactLine
from reconciler.policy.evaluation.chains import Chain, Level
from reconciler.policy.evaluation.evaluate import about
from reconciler.policy.evaluation.formula import Formula, all_of, any_of, holds, negation
from reconciler.policy.impact.impact import impact
from reconciler.policy.impact.risk import in_production
from reconciler.policy.impact.satisfiability import Search
from reconciler.policy.language.catalogue import catalogue
from reconciler.policy.language.conditions import Predicate, truth
from reconciler.policy.language.context import OWN_PRINCIPAL, Context, OrganizationContext
from reconciler.policy.language.statements import Effect
from reconciler.policy.language.words import condition_clause, described, listed
from reconciler.use_cases import schemas
from tests.unit.policy import slow
from tests.unit.policy.corpus import documents, needs_corpus, pairs
from tests.unit.policy.organizations import (
    ACCOUNT,
    ACCOUNT_ID,
    FULL,
    allow,
    chain,
    deny,
    deny_rcp,
    deny_regions,
    document,
    many,
    random_levels,
    with_full,
)


def change(before: Chain, after: Chain, **options: Any) -> tuple[Impact, ...]:
    return impact({ACCOUNT: before}, {ACCOUNT: after}, **options)


def texts(before: Chain, after: Chain) -> list[str]:
    return [line.text for each in change(before, after) for line in each.lines]


def only(found: tuple[Impact, ...]) -> ImpactLine:
    assert len(found) == 1
    assert len(found[0].lines) == 1
    return found[0].lines[0]


class TestALineAReviewerUnderstands:
    BEFORE = chain({}, with_full(deny_regions("eu-west-1", "eu-central-1")))
    REST = "every action except iam, organizations, sts"
    UNLESS = "unless aws:PrincipalARN is like arn:aws:iam::*:role/Admin"
    NORTH = (
        "no longer denied if aws:RequestedRegion is eu-north-1 and aws:PrincipalARN is not like"
        " arn:aws:iam::*:role/Admin"
    )

    def test_a_region_less(self) -> None:
        assert texts(self.BEFORE, chain({}, with_full(deny_regions("eu-west-1")))) == [
            f"newly denied if aws:RequestedRegion is eu-central-1, {self.UNLESS}: {self.REST}"
        ]

    def test_a_region_more(self) -> None:
        after = chain({}, with_full(deny_regions("eu-west-1", "eu-central-1", "eu-north-1")))
        assert texts(self.BEFORE, after) == [f"{self.NORTH}: {self.REST}"]

    def test_one_region_for_another(self) -> None:
        after = chain({}, with_full(deny_regions("eu-west-1", "eu-north-1")))
        assert texts(self.BEFORE, after) == [
            f"newly denied if aws:RequestedRegion is eu-central-1, {self.UNLESS}: {self.REST}",
            f"{self.NORTH}: {self.REST}",
        ]

    def test_a_service_that_is_exempt_no_longer(self) -> None:
        after = chain({}, with_full(deny_regions("eu-west-1", "eu-central-1", but=("iam:*", "organizations:*"))))
        regions = "aws:RequestedRegion is one of eu-central-1, eu-west-1"
        assert texts(self.BEFORE, after) == [f"newly denied {self.UNLESS} or {regions}: sts:*"]

    def test_a_new_policy(self) -> None:
        assert texts(chain(), chain({}, with_full(deny("ec2:Delete*", "s3:*")))) == ["can no longer: s3:*, ec2:Delete*"]

    def test_an_allow_list(self) -> None:
        after = chain({}, {"scp": [allow("s3:*", "ec2:Describe*")]})
        line = only(change(chain(), after))
        assert line.text == "can no longer: every action except s3, ec2:Describe*"
        assert line.missing_allow_at == ("ou:Workloads",)
        assert [(each.level, each.scps) for each in line.allow_lists] == [("ou:Workloads", ("ou:Workloads/scp0",))]
        assert line.because == ()

    def test_an_allow_on_a_condition(self) -> None:
        after = chain({}, {"scp": [allow("s3:*", condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})]})
        assert texts(chain(), after) == [
            "can no longer: every action except s3",
            "newly allowed only if aws:RequestedRegion is eu-west-1: s3:*",
        ]
        assert texts(after, chain())[-1] == (
            "allowed without the condition that aws:RequestedRegion is eu-west-1: s3:*"
        )

    def test_a_deny_that_becomes_conditional(self) -> None:
        plain = {"Bool": {"aws:SecureTransport": "false"}}
        assert texts(chain(with_full(deny("*"))), chain(with_full(deny("s3:*", condition=plain)))) == [
            "can newly: every action except s3",
            "can newly, but denied if aws:SecureTransport is false: s3:*",
        ]

    def test_what_remains_under_several_conditions(self) -> None:
        tls, mfa = ({"Bool": {key: "false"}} for key in ("aws:SecureTransport", "aws:MultiFactorAuthPresent"))
        after = chain(with_full(deny("s3:*", condition=tls), deny("s3:*", condition=mfa)))
        line = only(change(chain(with_full(deny("s3:*"))), after))
        assert line.text == "can newly, on conditions of other statements: s3:*"

    def test_rcps_are_about_resources(self) -> None:
        found = change(
            chain(), chain({"rcp": [deny_rcp("s3:*", condition={"Bool": {"aws:SecureTransport": "false"}})]})
        )
        assert found[0].about == "resources"
        assert only(found).text == "on their resources, newly denied if aws:SecureTransport is false: s3:*"


class TestNoChange:
    def test_a_policy_that_moves_up(self) -> None:
        below, above = chain({}, with_full(deny_regions("a", "b"))), chain(with_full(deny_regions("b", "a")))
        assert change(below, above) == ()

    def test_a_statement_that_another_covers(self) -> None:
        narrow = deny("s3:Get*", condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})
        wide = deny("s3:*", condition={"StringLike": {"aws:RequestedRegion": "eu-*"}})
        assert change(chain(with_full(wide)), chain(with_full(wide, narrow))) == ()

    def test_what_is_denied_anyway(self) -> None:
        assert change(chain(with_full(deny("s3:*"))), chain(with_full(deny("s3:*"), deny("s3:Get*")))) == ()

    def test_the_management_account(self) -> None:
        levels = chain(with_full(deny("*"))).levels
        after = Chain(ACCOUNT, "111122223333", levels, management=True)
        assert change(Chain(ACCOUNT, "111122223333", chain().levels, management=True), after) == ()

    def test_an_rcp_for_a_service_that_rcps_do_not_reach(self) -> None:
        assert change(chain(), chain({"rcp": [deny_rcp("ec2:*")]})) == ()

    def test_a_new_account_has_no_before(self) -> None:
        assert impact({}, {ACCOUNT: chain(with_full(deny("*")))}) == ()


class TestWhyAndHowBad:
    def test_the_statement_is_named(self) -> None:
        after = chain({}, with_full(deny_regions("eu-west-1")))
        because = only(change(chain(), after)).because
        assert [(each.policy, each.statement, each.version) for each in because] == [
            ("ou:Workloads/scp1", "DenyRegions", "after")
        ]
        back = only(change(after, chain())).because
        assert [(each.policy, each.version) for each in back] == [("ou:Workloads/scp1", "before")]

    @pytest.mark.parametrize(
        ("before", "after", "risk", "why"),
        [
            ((), ("sqs:Send*",), "medium", None),
            (("sqs:Send*",), (), "medium", None),
            (("cloudtrail:StopLogging",), (), "high", "stopping the audit trail"),
            (("kms:*",), (), "high", "encryption keys"),
            ((), ("*",), "high", "most actions of AWS"),
            (("*",), (), "high", "most actions of AWS"),
        ],
    )
    def test_risk(self, before: tuple[str, ...], after: tuple[str, ...], risk: str, why: str | None) -> None:
        old, new = (chain(with_full(deny(*each)) if each else {}) for each in (before, after))
        line = only(change(old, new))
        assert (line.risk, line.why) == (risk, why)

    def test_a_loss_in_production(self) -> None:
        names = ("root:/", "ou:Production", ACCOUNT)
        before, after = chain(names=names), chain(with_full(deny("sqs:Send*")), names=names)
        assert only(change(before, after)).why == "in production"

    def test_a_protected_policy_that_denies_no_longer(self) -> None:
        before = chain(with_full(deny("sqs:Send*", condition={"Bool": {"aws:SecureTransport": "false"}})))
        line = only(change(before, chain(), protected=["root://scp1"]))
        assert (line.risk, line.why) == ("high", "the policy root://scp1 is protected")

    @pytest.mark.parametrize(
        ("name", "expected"),
        [("ou:Production", True), ("ou:Workloads/Prod", True), ("ou:Non-Production", False), ("ou:Products", False)],
    )
    def test_what_is_production(self, name: str, expected: bool) -> None:
        assert in_production(Chain(ACCOUNT, None, (Level(name, ()),))) is expected


class TestSignIn:
    """RCPs apply to who signs in with SAML or a web identity, who has no principal yet."""

    OURS = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-ours"}}  # noqa: RUF012
    BOTH = ("sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")

    @pytest.mark.parametrize(
        ("actions", "condition", "ended"),
        [
            (("sts:*",), OURS, BOTH),
            (("sts:AssumeRole",), OURS, ()),
            (("sts:AssumeRoleWithSAML",), None, BOTH[:1]),
            (("sts:*",), {"StringNotEquals": {"aws:PrincipalOrgID": "o-ours"}}, BOTH),
            (("sts:*",), {"StringEquals": {"aws:PrincipalOrgID": "o-ours"}}, ()),
            (("sts:*",), {"Bool": {"aws:SecureTransport": "false"}}, ()),
            (("sts:*",), {**OURS, "Null": {"aws:PrincipalArn": "false"}}, ()),
        ],
    )
    def test_a_plan_that_ends_it_says_so(self, actions: Any, condition: Any, ended: tuple[str, ...]) -> None:
        line = only(change(chain(), chain({"rcp": [deny_rcp(*actions, condition=condition)]})))
        assert line.ends_sign_in == ended
        if ended:
            assert (line.risk, line.why) == ("high", f"nobody can sign in any more with {' or '.join(ended)}")

    def test_an_scp_does_not_end_it(self) -> None:
        assert only(change(chain(), chain(with_full(deny("sts:*"))))).ends_sign_in == ()

    def test_what_cannot_be_denied_is_no_loss(self) -> None:
        assert change(chain(), chain(with_full(deny("sts:GetCallerIdentity")))) == ()


class TestMoves:
    """Nothing changes above an account, but conditions ask for its place."""

    A, B = "o-ours/r-1/ou-a/", "o-ours/r-1/ou-b/"
    INSIDE = {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{A}*"}}  # noqa: RUF012
    OTHER = "222222222222"

    def moved(self, documents: Any, *, back: bool = False) -> tuple[Impact, ...]:
        names = ("root:/", "ou:x", "account:other")
        chains = {ACCOUNT: chain(documents), "account:other": chain(documents, account_id=self.OTHER, names=names)}
        places = [
            OrganizationContext("o-ours", frozenset({ACCOUNT_ID, self.OTHER}), {ACCOUNT_ID: path, self.OTHER: self.B})
            for path in (self.A, self.B)
        ]
        old, new = reversed(places) if back else places
        return impact(chains, chains, places=(old, new))

    def test_a_deny_for_the_old_place(self) -> None:
        found = self.moved(with_full(deny("s3:*", condition=self.INSIDE)))
        assert [(each.accounts, each.about) for each in found] == [((ACCOUNT,), "principals")]
        assert only(found).text == "can newly: s3:*"
        assert only(self.moved(with_full(deny("s3:*", condition=self.INSIDE)), back=True)).text == "can no longer: s3:*"

    def test_with_another_condition(self) -> None:
        both = {**self.INSIDE, "Bool": {"aws:SecureTransport": "false"}}
        line = only(self.moved(with_full(deny("s3:*", condition=both))))
        assert line.text == "no longer denied if aws:SecureTransport is false: s3:*"
        assert [each.policy for each in line.because] == ["root://scp1"]

    def test_resources_of_other_accounts(self) -> None:
        outside = {"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": f"{self.A}*"}}
        (found,) = self.moved({"rcp": [deny_rcp("s3:*", condition=outside)]})
        assert found.accounts == (ACCOUNT,)
        assert [each.text for each in found.lines] == [
            "for their principals on resources of other accounts, can no longer: s3:*"
        ]

    def test_conditions_that_do_not_ask_for_it(self) -> None:
        assert self.moved(with_full(deny_regions("a"))) == ()


class TestGroups:
    def test_accounts_with_the_same_impact_for_the_same_reasons_are_one_group(self) -> None:
        names = [("root:/", "ou:A", "account:1"), ("root:/", "ou:A", "account:2"), ("root:/", "ou:B", "account:3")]
        before = {each[-1]: chain(names=each) for each in names}
        after = {each[-1]: chain({}, with_full(deny("s3:*")), names=each) for each in names}
        found = impact(before, after)
        assert [(each.accounts, each.lines[0].because[0].policy) for each in found] == [
            (("account:1", "account:2"), "ou:A/scp1"),
            (("account:3",), "ou:B/scp1"),
        ]

    def test_one_policy_at_the_root_is_one_group_whatever_else_is_denied(self) -> None:
        """The actions are told for the group as a whole."""
        extra = {"account:1": deny("s3:Get*"), "account:2": deny("iam:*"), "account:3": deny("s3:*")}
        before = {key: chain({}, {}, with_full(each), names=("root:/", "ou:A", key)) for key, each in extra.items()}
        root = deny("s3:*", "ec2:*")
        after = {
            key: chain(with_full(root), {}, with_full(each), names=("root:/", "ou:A", key))
            for key, each in extra.items()
        }
        (found,) = impact(before, after)
        assert found.accounts == tuple(extra)
        assert only((found,)).text == "can no longer: ec2:*, s3:*"
        assert only((found,)).varies

    def test_an_impact_is_json(self) -> None:
        (found,) = change(chain(), chain(with_full(deny("s3:*"))))
        assert Impact.model_validate_json(found.model_dump_json()) == found


def allowed(actions: Any, name: str) -> bool:
    return any(slow.action_is(each, name) for each in actions.include) and not any(
        slow.action_is(each, name) for each in actions.exclude
    )


def by_force(before: Chain, after: Chain, context: Context, lines: tuple[ImpactLine, ...], names: list[str]) -> None:
    """Asks for each action, with everything else unknown, and compares with what the lines say."""
    for name in names:
        old, new = (permitted(each, name, context) for each in (before, after))
        said_of = {line.change for line in lines if allowed(line.actions, name)}
        assert ("lost" in said_of) == (new is False is not old), (name, old, new)
        assert ("gained" in said_of) == (old is False is not new), (name, old, new)
        if old is not False is not new:
            assert said_of or not differ(old, new, context), name
            assert not said_of or old != new, name


def permitted(above: Chain, action: str, context: Context) -> Formula:
    """What the decision on an action depends on, level by level."""

    def formulas(level: Level, effect: Effect) -> list[Formula]:
        return [
            all_of([holds(each, truth(each, context)) for each in predicates])
            for policy in (*level.scps, *(level.rcps if slow.rcp_sees(action) else ()))
            for _, predicates in about(policy.document, effect, action.lower())
            if effect == "Deny" or policy.type == "scp"
        ]

    allows = [any_of(formulas(level, "Allow")) for level in above.levels] if above.scps_enabled else []
    return all_of([*allows, *(negation(each) for level in above.levels for each in formulas(level, "Deny"))])


def differ(old: Formula, new: Formula, context: Context) -> bool:
    """Whether some request for the action is decided differently."""
    both = (all_of((old, negation(new))), all_of((new, negation(old))))
    return any(next(Search(context).candidates(each), None) is not None for each in both)


def without(above: Chain, side: str) -> Chain:
    levels = (Level(x.name, () if side == "scp" else x.scps, () if side == "rcp" else x.rcps) for x in above.levels)
    return Chain(above.account, above.account_id, tuple(levels), scps_enabled=side != "scp")


@needs_corpus
def test_equals_brute_force_over_the_catalogue() -> None:
    chance, actions = random.Random(11), catalogue()
    scps = [each.document for each in documents() if each.type == "scp"]
    rcps = [each.document for each in documents() if each.type == "rcp"]
    everything = list(actions.names(actions.listed))
    for _ in range(12):
        levels = random_levels(chance, scps, rcps)
        changed = [dict(each) for each in levels]
        changed[chance.randrange(len(changed))] = random_levels(chance, scps, rcps)[0]
        names = tuple(f"ou:{index}" for index in range(len(levels)))
        before, after = chain(*levels, names=names), chain(*changed, names=names)
        found = {each.about: each.lines for each in change(before, after)}
        written = sorted(_written([*levels, *changed]))
        asked = [
            *chance.sample(everything, 150),
            *chance.sample(written, min(80, len(written))),
            "new:Thing",
            "ec2:New",
        ]
        by_force(without(before, "rcp"), without(after, "rcp"), OWN_PRINCIPAL, found.get("principals", ()), asked)
        by_force(without(before, "scp"), without(after, "scp"), Context(), found.get("resources", ()), asked)


def _written(levels: list[Any]) -> set[str]:
    """Concrete actions that the documents' own patterns match."""
    return {
        pattern.replace("*", "").replace("?", "X")
        for level in levels
        for one in (*level["scp"], *level["rcp"])
        for statement in many(one["Statement"])
        for pattern in many(statement.get("Action") or statement.get("NotAction"))
        if pattern.partition(":")[2].strip("*")
    }


@needs_corpus
def test_every_real_change_has_an_impact_in_both_directions() -> None:
    silent = 0
    for pair in pairs():
        kind = "rcp" if any("Principal" in each for each in many(pair.new["Statement"])) else "scp"  # type: ignore[index,call-overload]
        old, new = (chain({}, {"scp": [FULL], kind: [FULL, each] if kind == "scp" else [each]}) for each in pair[1:])
        there, back = change(old, new), change(new, old)
        assert bool(there) == bool(back), pair.name
        silent += not there
        opposite = {"lost": "gained", "gained": "lost", "restricted": "relaxed", "relaxed": "restricted"}
        changes = [sorted(line.change for each in found for line in each.lines) for found in (there, back)]
        assert changes[0] == sorted(opposite[each] for each in changes[1]) or "gained" in changes[0] + changes[1]
        for each in (*there, *back):
            assert all(len(line.text) < 1_500 for line in each.lines)
    assert silent < len(pairs()) / 10


class TestWords:
    @pytest.mark.parametrize(
        ("predicate", "text", "opposite"),
        [
            (Predicate("StringEquals", "k", ("a",)), "k is a", "k is not a"),
            (Predicate("StringNotEquals", "k", ("a", "b")), "k is none of a, b", "k is one of a, b"),
            (Predicate("StringLike", "k", ("a*",)), "k is like a*", "k is not like a*"),
            (Predicate("Bool", "k", ("true",), if_exists=True), "k is true (or absent)", "k is not true"),
            (Predicate("Null", "k", ("true",)), "k is absent", "k is present"),
            (Predicate("Null", "k", ("false",)), "k is present", "k is absent"),
            (Predicate("NumericLessThan", "k", ("5",)), "k is less than 5", "k is not less than 5"),
            (Predicate("DateGreaterThan", "k", ("2026",)), "k is after 2026", "k is not after 2026"),
            (Predicate("NotIpAddress", "k", ("10.0.0.0/8",)), "k is not in 10.0.0.0/8", "k is in 10.0.0.0/8"),
            (
                Predicate("StringEquals", "k", ("a",), "ForAnyValue"),
                "some value of k is a",
                "every value of k is not a",
            ),
            (
                Predicate("StringEquals", "k", ("a",), "ForAllValues"),
                "every value of k is a",
                "some value of k is not a",
            ),
        ],
    )
    def test_a_predicate_and_its_opposite(self, predicate: Predicate, text: str, opposite: str) -> None:
        assert (described(predicate), described(predicate, positive=False)) == (text, opposite)

    def test_conditions_and_exceptions(self) -> None:
        one, other = Predicate("Bool", "a", ("true",)), Predicate("StringNotEquals", "b", ("x",))
        assert condition_clause((one, other)) == " if a is true, unless b is x"
        assert condition_clause(()) == ""

    def test_long_lists_are_cut(self) -> None:
        assert listed("abcde") == "a, b, c, d, e"
        assert listed("abcdef") == "a, b, c, d and 2 more"


def test_actions_that_only_the_policies_know_are_reported() -> None:
    """A Deny on an action which the catalogue does not list yet is a loss all the same."""
    line = only(change(chain(), chain(with_full(deny("ec2:BrandNewThing", "newservice:Do*")))))
    assert line.text == "can no longer: ec2:BrandNewThing, newservice:Do*"
    assert line.actions.count == 1


def test_a_document_without_statements_changes_nothing() -> None:
    empty = document()
    assert change(chain(), chain(with_full(empty))) == ()


def test_the_published_schema_of_a_plan_describes_it() -> None:
    published = schemas.schema("plan")
    assert published["properties"]["impact"]["items"] == {"$ref": "#/$defs/Impact"}
    after = chain({}, {"scp": [allow("s3:*", "ec2:Describe*"), deny_regions("eu-west-1")]})
    for each in change(chain(), after):
        jsonschema.validate(each.model_dump(mode="json"), {"$ref": "#/$defs/Impact", "$defs": published["$defs"]})
