"""More plans: an OU that moves, an organization from nothing, a kind without words in the renderers, and one that is
as hostile as the service allows."""

from __future__ import annotations

from typing import Any, ClassVar

from reconciler.model import address as at
from reconciler.model.impact import ActionSet, AllowList, Cause, Impact, ImpactLine
from reconciler.model.inventory import Inventory
from reconciler.model.plan import Gap, Guards, Plan, Proof, Unmanaged, Violation, Warning_
from reconciler.model.resources import PolicyType, Resource, Root
from tests.unit.render import samples
from tests.unit.render.samples import (
    COST_TAGS,
    ENFORCE_TLS,
    ORGANIZATION,
    account,
    attachment,
    change,
    policy,
    regions,
    source,
    unit,
)

Sample = tuple[Plan, Inventory]


class TrustedAccess(Resource):
    """A kind that belongs to the organization and that no renderer has words for."""

    kind: ClassVar[str] = "trusted_access"
    prefix: ClassVar[str] = "trusted_access"
    service: str


class AlternateContact(Resource):
    """A kind that belongs to an account and that no renderer has words for."""

    kind: ClassVar[str] = "alternate_contact"
    prefix: ClassVar[str] = "alternate_contact"
    account: str
    name: str
    email: str
    phone: str

    def references(self) -> tuple[str, ...]:
        return (self.account,)


def make(changes: list[Any], resources: list[Resource], **fields: object) -> Sample:
    values = {"organization": ORGANIZATION, "spec_digest": "sha256:" + "1" * 64, "changes": tuple(changes)}
    root = Root(address=at.ROOT, id="r-ab12")
    return Plan.model_validate(values | fields), Inventory().with_resources([root, *resources])


def replaced() -> Sample:
    """`Teams/Payments` becomes `Workloads/Payments`: created again, its accounts moved, the old one deleted."""
    new = unit("Workloads/Payments", replaces="ou:Teams/Payments")
    old = unit("Teams/Payments", replaced_by="ou:Workloads/Payments")
    there = [account(key, new.address, id) for key, id in (("pay-prod", "101010101010"), ("pay-dev", "202020202020"))]
    attached = attachment("deny-regions", "ou:Workloads")
    changes = [
        change(
            "replace", "new_parent", None, new, source=source(40),
            note="replaces ou:Teams/Payments: the service cannot move an OU",
        ),
        *(
            change(
                "move", "differs", each.model_copy(update={"parent": old.address}), each, fields=("parent",),
                source=source(42), accounts=1, depends_on=(new.address,),
            )
            for each in there
        ),
        change("detach", "replaced", attachment("old-guardrail", old.address), None, accounts=0),
        change("delete", "replaced", old, None, note="replaced by ou:Workloads/Payments"),
    ]  # fmt: skip
    tree = [
        unit("Teams"),
        unit("Workloads"),
        new,
        *there,
        attached,
        policy("deny-regions", "scp", regions("eu-west-1")),
    ]
    return make(changes, [*tree, policy("old-guardrail", "scp", None)], managed=9)


def greenfield() -> Sample:
    """Everything is new."""
    units = [unit("Security", id=None), unit("Workloads", id=None, tags={"env": "all", "owner": "platform"})]
    accounts = [account(f"team-{index}", "ou:Workloads", None, name=f"Team {index}") for index in range(3)]
    policies = [policy("enforce-tls", "rcp", ENFORCE_TLS, id=None), policy("cost-tags", "tag", COST_TAGS, id=None)]
    attachments = [attachment("enforce-tls", at.ROOT), attachment("cost-tags", "ou:Workloads")]
    types = [PolicyType(address=at.policy_type(short), type=short) for short in ("rcp", "tag")]
    new = [*units, *accounts, *policies]
    changes = [
        *(change("enable", "declared", None, each, source=source(8)) for each in types),
        *(change("create", "declared", None, each, source=source(20 + at) ) for at, each in enumerate(new)),
        *(change("attach", "declared", None, each, source=source(60), accounts=3) for each in attachments),
    ]  # fmt: skip
    return make(changes, [*new, *attachments, *types])


def other_kinds() -> Sample:
    """Kinds that the renderers were not written for, tags of the root, and an allow list."""
    shop = account("shop", at.ROOT, "303030303030")
    contact = AlternateContact(
        address="alternate_contact:security@shop",
        account=shop.address,
        name="SOC",
        email="soc@example.com",
        phone="+31 20 1",
    )
    service = TrustedAccess(address="trusted_access:sso.amazonaws.com", service="sso.amazonaws.com")
    root = Root(address=at.ROOT, id="r-ab12", tags={"cost": "1"})
    changes = [
        change("enable", "declared", None, service, source=source(11)),
        change(
            "update", "differs", contact.model_copy(update={"email": "old@example.com"}), contact, fields=("email",),
            source=source(70), accounts=1,
        ),
        change(
            "update", "differs", root.model_copy(update={"tags": {"cost": "2", "left": ""}}), root, fields=("tags",),
            source=source(50),
        ),
        change("detach", "default", attachment("FullAWSAccess", shop.address), None, accounts=1),
    ]  # fmt: skip
    return make(changes, [shop, contact, service, policy("FullAWSAccess", "scp", None, aws_managed=True)])


def without_gap() -> Sample:
    """One guardrail takes the place of another at the quota: a third one carries its Denies meanwhile."""
    carrier = policy("baseline", "scp", samples.regions("eu-west-1"))
    merged = carrier.model_copy(update={"content": samples.regions("eu-west-1", exempt=("s3:*",))})
    below = attachment("old-guardrail", "ou:Workloads/Staging")
    note = "temporary: keeps the Denies of old-guardrail while ou:Workloads is full"
    changes = [
        change(
            "update", "no_gap", carrier, merged, fields=("content",), temporary=True, note=note, accounts=14,
        ),
        change("detach", "not_declared", attachment("old-guardrail", "ou:Workloads"), None, accounts=14),
        change("attach", "declared", None, attachment("new-guardrail", "ou:Workloads"), source=source(31), accounts=14),
        change(
            "update", "no_gap", merged, carrier, fields=("content",), temporary=True, note="temporary: undone",
            accounts=14,
        ),
        change("attach", "no_gap", None, below, temporary=True, accounts=1),
        change("detach", "no_gap", below, None, temporary=True, accounts=1),
    ]  # fmt: skip
    tree = [
        *samples.desired().resources,
        carrier,
        *(policy(f"{each}-guardrail", "scp", None) for each in ("old", "new")),
    ]
    plan, _ = make(changes, [], proof=Proof(steps=6))
    return plan, samples.desired().with_resources([*tree, attachment("new-guardrail", "ou:Workloads")])


def with_gap() -> Sample:
    """The same without room for that."""
    plan, tree = without_gap()
    gap = Gap(
        account="account:payments-dev", opened_by="attachment:old-guardrail@Workloads",
        closed_by="attachment:new-guardrail@Workloads", steps=1,
    )  # fmt: skip
    proof = Proof(steps=2, gaps=(gap,), refused=("attachment:new-guardrail@Workloads",))
    changes = tuple(each for each in plan.changes if not each.temporary)
    return plan.model_copy(update={"changes": changes, "proof": proof}), tree


HOSTILE = (
    "\x1b[2K\x1b[1A\x1b]8;;http://evil.example\x07link",
    "line\nbreak\r\n## heading\n```\n</details>",
    "[bold red]markup[/] :smile: {{ 7*7 }}",
    "@org/team fixes #12 GH-7 http://evil.example www.evil.example",
    "| a | b | `c` ``d`` ``` ~~~ \\| <img src=x onerror=alert(1)> <!-- --> &lt;",
    "\u202eevil\u2066 zero\u200bwidth \ufeff\u00ad soft \u2028 \u0085 \x9b31m",
    "![x](http://evil.example/x.png) [y](javascript:alert(1)) **bold** _i_ ~~s~~ $x$",
    '"; alert(1) "]:::evil --> n0',
    "東京 👩‍👩‍👧 Zürich e\u0301",
    "::set-output name=x::y",
    "x" * 128,
    " ",
)


def hostile() -> Sample:
    """Every kind of place that holds a name, with every hostile name."""
    changes, resources, violations, warnings, unmanaged = [], [], [], [], []
    for index, name in enumerate(HOSTILE):
        ou = unit(at.escape(name), name=name)
        changes.append(
            change("create", "declared", None, ou, source=source(index + 1, f"teams/{name}.yaml"), note=name)
        )
        person = account(f"key{index}", ou.address, None, name=name, email=f"{name}@example.com", tags={name: name})
        changes.append(change("create", "declared", None, person))
        rogue = policy(f"p{index}-{name}", "scp", _document(name), description=name, tags={name: name})
        changed = rogue.model_copy(update={"content": _document(f"{name}2"), "name": f"{name}2", "description": "d"})
        changes.append(change("update", "differs", rogue, changed, fields=("content", "description", "name")))
        changes.append(change("attach", "declared", None, attachment(f"p{index}-{name}", ou.address)))
        gone = unit(at.escape(f"{name} gone"), name=name, tags={name: name})
        changes.append(change("delete", "not_declared", gone, None, note=name))
        resources += [ou, person, changed]
        violations.append(Violation(guard=name, message=name, addresses=(ou.address,), allow=f"--allow {name}"))
        warnings.append(Warning_(code="W1", message=name, source=source(1, name)))
        unmanaged.append(Unmanaged(address=at.ou(name), kind="organizational_unit", name=name, id=name))
        unmanaged.append(Unmanaged(address=at.account(f"u{index}"), kind="account", name=name, id=name))
    guards = Guards(violations=tuple(violations))
    impact = tuple(map(_hostile_impact, HOSTILE))
    gaps = tuple(Gap(account=f"account:{name}", opened_by=name, closed_by=f"ou:{name}", steps=1) for name in HOSTILE)
    proof = Proof(steps=1, gaps=gaps, refused=HOSTILE)
    around = {"proof": proof, "guards": guards, "warnings": warnings, "unmanaged": unmanaged, "impact": impact}
    return make(changes, resources, **around)


def _hostile_impact(name: str) -> Impact:
    line = ImpactLine(
        change="lost",
        actions=ActionSet(text=name, count=1, include=(name,)),
        because=(Cause(policy=name, statement=name, version="after"),),
        allow_lists=(AllowList(level=name, scps=(name,)),),
        risk="high",
        why=name,
        text=name,
    )
    return Impact(about="principals", accounts=(f"account:{name}",), lines=(line,), risk="high")


def _document(name: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": name, "Effect": name, "Action": [name], "Resource": name, "Condition": {name: {name: [name]}}},
            {"Sid": "same", "Effect": "Deny", "Action": [name, "s3:*"], "Resource": "*"},
        ],
        name: name,
    }
