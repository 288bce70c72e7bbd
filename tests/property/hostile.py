"""Organizations as others have made them: names that YAML reads as something else, every policy type, every state."""

from __future__ import annotations

import string
from typing import Any

from hypothesis import strategies as st

from reconciler.kinds.alternate_contact import AlternateContact
from reconciler.kinds.delegated_administrator import DelegatedAdministrator, address
from reconciler.kinds.trusted_access import TrustedAccess
from reconciler.model import address as addresses
from reconciler.model.document import minified
from reconciler.model.inventory import Inventory, Organization
from reconciler.model.policy_types import BY_SHORT, POLICY_TYPES
from reconciler.model.resources import (
    Account,
    AccountState,
    Attachment,
    OrganizationalUnit,
    Policy,
    PolicyType,
    Resource,
    Root,
)
from reconciler.model.scope import Scope
from tests.property.hostile_access import access, billing

MANAGEMENT = "111122223333"
ACCESS_AND_BILLING = (
    "assignments", "budget_actions", "budgets", "cost_allocation_tags", "cost_categories", "groups", "identity_center",
    "permission_sets", "users",
)  # fmt: skip
"""The parts of a scope."""
NASTY = (
    *("no", "012", "~", "#x", "x #y", "{{ key }}", "{% if %}", "null", "true", "1e3", "0x1F", "1_000", "2012-10-17"),
    *("12:30:45", "<<", "=", "- a", "? a", ": a", "a: b", "a:", "'", '"', "\\", "a\nb", "\t", " leading", "trailing "),
    *("a/b", "a\\/b", "[x]", "{x}", "*x", "&x", "!x", "|", ">", "%x", "@x", "`x`", "é", "Zürich", "東京", "\U0001f680"),
    *("\U0001f469\u200d\U0001f4bb", "\u202e", "\u2028", "\x85", "\x7f", "\ufeff", "y", "N", "On", "---", "...", "x,y"),
    *(
        "x" * 128,
        "\U0010ffff" * 128,
        "##[x]",
        "Shop (production)",
        "default",
        "x@y",
        "FullAWSAccess",
        "RCPFullAWSAccess",
    ),
)
names = st.one_of(
    st.sampled_from(NASTY),
    st.text(string.ascii_letters + string.digits + " -_./:#", min_size=1, max_size=20),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="⟨⟩\0"), min_size=1, max_size=20),
)
tag_texts = st.one_of(
    st.sampled_from(["no", "012", "1e3", "2012-10-17", "a:b", "team", "é", "=", "x y", "@", "-", "true"]),
    st.text(string.ascii_letters + string.digits + "_.:/=+-@ ", max_size=20),
)
tag_keys = tag_texts.filter(lambda key: bool(key) and not key.casefold().startswith("aws:"))
tags = st.dictionaries(tag_keys, tag_texts, max_size=3)

DOCUMENTS: dict[str, dict[str, Any]] = {
    "tag": {"tags": {"team": {"tag_key": {"@@assign": "team"}}}},
    "ai_opt_out": {"services": {"default": {"opt_out_policy": {"@@assign": "optOut"}}}},
    "chatbot": {"chatbot": {"default": {"client": {"@@assign": "enabled"}}}},
    "declarative_ec2": {"ec2_attributes": {"exception_message": {"@@assign": "{{ no }} 🚀 \x85"}}},
    "security_hub": {"securityhub": {"enable_in_regions": {"@@assign": ["ALL_SUPPORTED"]}}},
    "inspector": {"inspector": {"enablement": {"ecr_scanning": {"enable_in_regions": {"@@assign": ["eu-west-1"]}}}}},
    "upgrade_rollout": {"upgrade_rollout": {"default": {"patch_order": {"@@assign": "last"}}}},
    "backup": {"plans": {}},
    "security_hub_cspm": {"security_hub_cspm": {"x": {"@@assign": "{% no %}"}}},
    "bedrock": {"bedrock": {}},
    "s3": {"s3_attributes": {"public_access_block_configuration": {"@@assign": "all"}}},
    "network_security_director": {"network_security_director": {}},
    "guardduty": {"guardduty": {"x": {"@@assign": "012"}}},
}


def document(draw: st.DrawFn, short: str) -> dict[str, Any]:
    """A document of the type that the service takes, at times exactly as large as it may be."""
    if short not in ("scp", "rcp"):
        return DOCUMENTS[short]
    statement: dict[str, Any] = {
        "Sid": "S1",
        "Effect": "Deny",
        "Action": draw(st.sampled_from(["s3:*", ["s3:GetObject"], ["ec2:RunInstances", "s3:ListBucket"]])),
        "Resource": "*",
        "Condition": {
            "StringNotLike": {"aws:PrincipalTag/team": draw(st.sampled_from(["{{ x }}", "no", "é", "${a}"]))}
        },
    }
    if short == "rcp":
        statement["Principal"] = "*"
    found: dict[str, Any] = {"Version": "2012-10-17", "Statement": [statement]}
    limit = BY_SHORT[short].max_characters
    if draw(st.integers(0, 5)) == 0 and limit:
        statement["Sid"] += "x" * (limit - len(minified(found)))
    return found


@st.composite
def organizations(draw: st.DrawFn, *, people: bool = False) -> Inventory:
    """A whole organization, as a snapshot has it, with access of `people` and billing or without."""
    enabled = draw(st.lists(st.sampled_from([row.short for row in POLICY_TYPES]), unique=True, max_size=6))
    resources: list[Resource] = [Root(address=addresses.ROOT, id="r-root", tags=draw(tags))]
    units = _units(draw)
    accounts = _accounts(draw, [addresses.ROOT, *(each.address for each in units)])
    types = [PolicyType(address=addresses.policy_type(each), type=each) for each in BY_SHORT if each in enabled]
    nodes = [addresses.ROOT, *(each.address for each in (*units, *accounts))]
    resources += [*units, *accounts, *types, *_policies(draw, enabled, nodes), *_sections(draw, accounts)]
    parts: tuple[str, ...] = ("delegated_administrators", "trusted_access")
    if people:
        resources += [*access(draw, accounts, names), *billing(draw, accounts)]
        parts += ACCESS_AND_BILLING
    contacts = tuple(each.address for each in resources if isinstance(each, AlternateContact))
    known = tuple(f"alternate_contacts/{each.partition(':')[2]}" for each in contacts)
    return Inventory(
        organization=Organization(id="o-aaaaaaaaaa", management_account_id=MANAGEMENT, feature_set="all"),
        scope=Scope(parts=tuple(sorted({*parts, *known}))),
    ).with_resources(resources)


def _units(draw: st.DrawFn) -> list[OrganizationalUnit]:
    found: dict[str, OrganizationalUnit] = {}
    for number in range(draw(st.integers(0, 7))):
        parents = [each.address for each in found.values() if addresses.depth(each.address) < 5]
        parent = draw(st.sampled_from([addresses.ROOT, *parents[-1:], *parents]))
        name = draw(names)
        where = addresses.child(parent, name)
        found[where] = OrganizationalUnit(address=where, id=f"ou-{number}", name=name, parent=parent, tags=draw(tags))
    return [*found.values()]


def _accounts(draw: st.DrawFn, places: list[str]) -> list[Account]:
    states: st.SearchStrategy[AccountState] = st.sampled_from(
        ["active", "active", "active", "pending_activation", "suspended", "pending_closure", "closed"]
    )
    common = draw(tags)
    found = []
    for number in range(draw(st.integers(1, 8))):
        id = MANAGEMENT if number == 0 else f"{number:012d}"
        name = draw(names)
        found.append(
            Account(
                address=addresses.account(id),
                id=id,
                name=name,
                email=draw(st.sampled_from([f"aws+{number}@example.com", f"Other.{number}@Example.com"])),
                parent=draw(st.sampled_from(places)),
                state="active" if number == 0 else draw(states),
                tags={**draw(tags), **common},
            )
        )
    return found


def _policies(draw: st.DrawFn, enabled: list[str], nodes: list[str]) -> list[Resource]:
    found: list[Resource] = []
    taken: set[str] = set()
    own: dict[str, list[str]] = {}
    for short in (each for each in BY_SHORT if each in enabled):
        default = BY_SHORT[short].default
        if default:
            taken.add(default)
            where = addresses.policy(default)
            found.append(Policy(address=where, id=f"p-{default}", type=short, name=default, aws_managed=True))
        own[short] = []
        for name in sorted({*draw(st.lists(names, max_size=3))} - {default}):
            local = name if name not in taken else f"{short}/{name}"
            taken.add(local)
            own[short].append(addresses.policy(local))
            found.append(
                Policy(
                    address=own[short][-1],
                    id=f"p-{len(found):08d}",
                    type=short,
                    name=name,
                    tags=draw(tags),
                    description=draw(st.sampled_from(["", "Text", "a: b\n#c", "no"])),
                    content=document(draw, short),
                )
            )
        for node in nodes:
            on = draw(st.lists(st.sampled_from(own[short]), unique=True, max_size=2)) if own[short] else []
            full = [addresses.policy(default)] if default and (short != "scp" or not on or draw(st.booleans())) else []
            found += [_attachment(each, node) for each in (*on, *full)]
    return found


def _attachment(policy: str, node: str) -> Attachment:
    return Attachment(address=addresses.attachment(policy, node), policy=policy, target=node)


def _sections(draw: st.DrawFn, accounts: list[Account]) -> list[Resource]:
    services = ["cloudtrail.amazonaws.com", "config.amazonaws.com", "account.amazonaws.com"]
    trusted = draw(st.lists(st.sampled_from(services), unique=True))
    found: list[Resource] = [TrustedAccess(address=addresses.trusted_access(each), principal=each) for each in trusted]
    members = [each for each in accounts if each.id != MANAGEMENT and not each.is_closed]
    for principal in trusted[:1] if members else ():
        account = draw(st.sampled_from(members)).address
        found.append(DelegatedAdministrator(address=address(principal, account), principal=principal, account=account))
    for each in accounts:
        if not each.is_closed and draw(st.booleans()):
            name = draw(st.sampled_from(["SOC", "no"]))
            where = AlternateContact.at(each.address, "security")
            found.append(
                AlternateContact(
                    address=where,
                    account=each.address,
                    setting="security",
                    name=name,
                    title="012",
                    email="soc@example.com",
                    phone="+31 20 123",
                )
            )
    return found
