"""No claim is proven that some request refutes: random changes, and random requests put to the slow evaluator."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Mapping

import pytest

from reconciler.model.impact import Claim, ClaimProof
from reconciler.policy.evaluation.chains import Chain, Level, OrganizationChains, attached
from reconciler.policy.evaluation.evaluate import decide
from reconciler.policy.impact.impact import impact
from reconciler.policy.impact.proof import prove
from reconciler.policy.language.context import OrganizationContext
from tests.unit.policy.changes import ORGANIZATION, Maker, World
from tests.unit.policy.corpus import CORPUS, pairs

pytestmark = pytest.mark.slow

CLAIMS: tuple[Claim, ...] = ("no-gain", "no-loss")
WRONG: Mapping[Claim, tuple[bool, bool]] = {"no-gain": (False, True), "no-loss": (True, False)}


def organization(world: World) -> OrganizationChains:
    levels: dict[int, Level] = {}
    chains = {}
    for name, account in world.items():
        for at, level in enumerate(account.levels):
            if id(level) not in levels:
                built = {
                    kind: tuple(attached(f"{kind}{at}-{n}", kind, each) for n, each in enumerate(level[kind]))
                    for kind in ("scp", "rcp")
                }
                levels[id(level)] = Level(f"ou:{len(levels)}", built["scp"], built["rcp"])
        above = tuple(levels[id(level)] for level in account.levels)
        chains[f"account:{name}"] = Chain(f"account:{name}", account.id, above, management=name == "management")
    paths = {each.id: each.path for each in world.values()}
    return OrganizationChains(chains, OrganizationContext(ORGANIZATION, frozenset(paths), paths))


def check(count: int, requests: int, seed: int, extra: tuple[object, ...] = ()) -> Counter[str]:
    """The number of claims by verdict."""
    verdicts: Counter[str] = Counter()
    for number in range(count):
        maker = Maker(seed * 1_000_003 + number)
        change = maker.change(extra)
        before, after = organization(change.before), organization(change.after)
        proofs = {claim: prove(claim, before, after) for claim in CLAIMS}
        verdicts.update(each.verdict for each in proofs.values())
        for claim, proof in proofs.items():
            if proof.example is not None:
                confirm(proof, before, after)
                assert impact(before.chains, after.chains, places=(before.place, after.place)), (seed, number, claim)
        if any(each.verdict == "proven" for each in proofs.values()):
            for _ in range(requests):
                asking = maker.request(change)
                decided = asking.decided(change)
                for claim, proof in proofs.items():
                    assert proof.verdict != "proven" or decided != WRONG[claim], (seed, number, claim, asking, change)
    return verdicts


def confirm(proof: ClaimProof, before: OrganizationChains, after: OrganizationChains) -> None:
    """The example of a proof, asked before and after."""
    assert proof.example is not None
    verdicts = []
    for one in (before, after):
        by_id = {str(each.account_id): each for each in one.chains.values()}
        chain = one.chains[proof.example.account]
        found = decide(chain, proof.example.request, place=one.place, others=by_id, closed_context=True)
        verdicts.append(found.decision)
    assert verdicts == [proof.example.before, proof.example.after]


def test_no_proven_claim_is_refuted() -> None:
    verdicts = check(1_000, 30, seed=7)
    assert verdicts["refuted"] > 500
    assert verdicts["proven"] > 500
    assert verdicts["not_proven"] < 300


@pytest.mark.nightly
@pytest.mark.timeout(7_200)
def test_no_proven_claim_is_refuted_in_twenty_thousand_changes() -> None:
    real = tuple((each.old, each.new) for each in pairs()) if (CORPUS / "pairs.jsonl").exists() else ()
    seed = int(os.environ.get("RECONCILER_SEED") or random.SystemRandom().randrange(1 << 32))
    verdicts = check(20_000, 150, seed, real)
    assert min(verdicts.values()) > 0
