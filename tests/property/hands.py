"""What people do to an organization by hand, round the spec: each function draws one call of the service."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from reconciler.mock.backend import Backend
from tests.property.drafts import DEEPEST, Guardrail

Call = tuple[str, dict[str, Any]]
Draw = Callable[[st.SearchStrategy[Any]], Any]
Hand = Callable[[Draw, Backend], Call]

names = st.sampled_from("ABCDEFXY")


def attach(draw: Draw, backend: Backend) -> Call:
    policy = draw(st.sampled_from(sorted(backend.catalogue)))
    return "AttachPolicy", {"PolicyId": policy, "TargetId": draw(st.sampled_from(sorted(backend.nodes)))}


def detach(draw: Draw, backend: Backend) -> Call:
    node = backend.nodes[draw(st.sampled_from(sorted(backend.nodes)))]
    policy = draw(st.sampled_from(sorted(each.id for each in node.attached_policies)))
    return "DetachPolicy", {"PolicyId": policy, "TargetId": node.id}


def tag(draw: Draw, backend: Backend) -> Call:
    resource = draw(st.sampled_from(sorted(backend.nodes)))
    return "TagResource", {"ResourceId": resource, "Tags": [{"Key": "by", "Value": "hand"}]}


def rewrite(draw: Draw, backend: Backend) -> Call:
    policy = draw(st.sampled_from(sorted(backend.catalogue)))
    return "UpdatePolicy", {"PolicyId": policy, "Content": json.dumps(Guardrail("", ("sqs:*",)).document())}


def move(draw: Draw, backend: Backend) -> Call:
    member = backend.nodes[draw(st.sampled_from(sorted(each.id for each in backend.members())))]
    places = sorted({backend.root.id, *(each.id for each in backend.units())})
    return "MoveAccount", {
        "AccountId": member.id,
        "SourceParentId": member.parent_id,
        "DestinationParentId": draw(st.sampled_from(places)),
    }


def add_unit(draw: Draw, backend: Backend) -> Call:
    places = sorted(id for id in backend.nodes if backend.container(id) and len(backend.chain(id)) <= DEEPEST)
    return "CreateOrganizationalUnit", {"ParentId": draw(st.sampled_from(places)), "Name": draw(names)}


def rename_unit(draw: Draw, backend: Backend) -> Call:
    unit = draw(st.sampled_from(sorted(each.id for each in backend.units())))
    return "UpdateOrganizationalUnit", {"OrganizationalUnitId": unit, "Name": draw(names)}


def add_policy(draw: Draw, backend: Backend) -> Call:
    return "CreatePolicy", {
        "Name": f"hand-{draw(names)}",
        "Description": "",
        "Type": "SERVICE_CONTROL_POLICY",
        "Content": json.dumps(Guardrail("", ("sns:*",)).document()),
    }


HANDS: tuple[Hand, ...] = (attach, detach, tag, rewrite, move, add_unit, rename_unit, add_policy)
