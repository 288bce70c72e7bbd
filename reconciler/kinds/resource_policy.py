"""The organization's resource policy: what it lets member accounts do in AWS Organizations.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_delegate_policies.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Self

from pydantic import Field

from reconciler.errors import ServiceError
from reconciler.kinds import resource_policy_rules as rules
from reconciler.kinds import scalars as s
from reconciler.kinds.base import Call, Declaring, Ids, LiveSeverity, Reads, SpecSection, State
from reconciler.kinds.singleton import Singleton
from reconciler.kinds.tag import TagsModeShape, TagsShape, tag_calls, tag_list, tagging
from reconciler.model.address import FEATURE_SET, Address
from reconciler.model.base import Json
from reconciler.model.diagnostic import Code
from reconciler.model.document import Language, minified, same_meaning
from reconciler.model.operation import Answer, Operation
from reconciler.model.plan import Change
from reconciler.model.reference import padded, references_in, resolved
from reconciler.model.resources import Account, Label, Resource, TagKeys, Tags
from reconciler.model.scope import Scope

ADDRESS: Address = "resource_policy:/"
_ID = ("ResourcePolicy", "ResourcePolicySummary", "Id")
_THERE = "UPDATE_EXISTING_RESOURCE_POLICY_WITH_TAGS_NOT_SUPPORTED"
"""The reason for which the service refuses tags: they are for a policy that is created."""


class ResourcePolicyShape(s.Shape):
    """The organization's resource policy: its document and tags."""

    content: s.Unset[dict[str, Json]] = Field(default=None, description="The document, inline. Either this or `file`.")
    file: s.Unset[s.Text] = Field(
        default=None,
        description="The document's file (.json, .yaml, either with .j2), relative to the file which names it.",
        examples=["policies/delegation.json.j2"],
    )
    vars: s.Unset[dict[s.Text, Json]] = Field(default=None, description="What the template sees as `vars`.")
    tags: s.Unset[TagsShape] = None
    tags_mode: s.Unset[TagsModeShape] = None


class ResourcePolicy(Resource):
    """The resource policy. `content` is the document; strings in it may hold references to ids that are known only
    after apply."""

    kind: ClassVar[str] = "resource_policy"
    plural: ClassVar[str] = "resource_policy"
    prefix: ClassVar[str] = "resource_policy"
    label: ClassVar[Label] = Label("resource policy", "resource policies")
    content: Json = None
    tags: Tags | None = None
    tag_keys: TagKeys = None

    @property
    def language(self) -> Language:
        return "resource"

    @property
    def display_name(self) -> str:
        return "of the organization"

    def references(self) -> tuple[Address, ...]:
        return tuple(references_in(self.content))

    def follows(self) -> tuple[Address, ...]:
        return (FEATURE_SET,)

    def with_ids(self, id_of: Callable[[Address], str | None]) -> Self:
        return self.model_copy(update={"content": resolved(self.content, id_of)})


class ResourcePolicyKind(Singleton):
    resource = ResourcePolicy
    severity = LiveSeverity(extra="access", missing="outage", changed="access")
    needs_all_features = True
    consequence = "accounts can no longer do in AWS Organizations what it allowed them"
    max_deletes = (0, "The resource policy of the organization.")
    section = SpecSection(
        "resource_policy",
        s.or_none(ResourcePolicyShape),
        "The organization's own resource policy, which delegates the management of policies to member accounts. Unset: "
        "left alone. `none`: deleted.",
        ({"file": "policies/delegation.json.j2", "tags": {"owner": "platform"}},),
    )
    operations = (
        Operation(
            "DescribeResourcePolicy", 1, 2,
            Answer("ResourcePolicy", dict, MappingProxyType({"Content": str, "ResourcePolicySummary.Id": str})),
        ),
        Operation(
            "PutResourcePolicy", 1, 2,
            Answer("ResourcePolicy", dict, MappingProxyType({"ResourcePolicySummary.Id": str})), writes=True,
        ),
        Operation("DeleteResourcePolicy", 1, 2, writes=True),
    )  # fmt: skip
    codes = (
        Code(
            code="E338",
            severity="error",
            title="A resource policy that the service refuses",
            explanation="Each statement has an `Effect`, a `Principal` and an `Action`. Principals are accounts of the "
            "organization (by id or as the ARN of the root user), `*` or services. `NotAction`, `NotPrincipal` and "
            "`NotResource` are not supported. AWS Organizations answers INVALID_RESOURCE_POLICY_JSON.",
        ),
        Code(
            code="E339",
            severity="error",
            title="An action that cannot be delegated",
            explanation="A resource policy can allow every Describe and List operation of AWS Organizations, the "
            "operations on policies and policy types, TagResource and UntagResource. AWS Organizations answers "
            "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY to every other action, and to `organizations:*`.",
        ),
        Code(
            code="E340",
            severity="error",
            title="A resource policy that is too large",
            explanation="A resource policy has at most 40,000 characters, without white space.",
        ),
        Code(
            code="W333",
            severity="warning",
            title="A resource policy that allows everybody",
            explanation="A statement allows the principal `*` and has no condition on who calls, such as "
            "`aws:PrincipalOrgID`.",
        ),
        Code(
            code="W334",
            severity="warning",
            title="A resource policy that delegates the policies of every type",
            explanation="A statement allows an account to change policies and has no condition "
            "`organizations:PolicyType`: the account can change service control policies, too.",
        ),
    )

    def recorded_values(self, resource: Resource, ids: Mapping[Address, str]) -> tuple[str, ...]:
        """There is one: every call is about it."""
        return ()

    def declare(self, value: ResourcePolicyShape | str, spec: Declaring) -> Iterator[ResourcePolicy]:
        if not isinstance(value, ResourcePolicyShape):
            return
        document = spec.document(value, "the resource policy")
        if document is None:
            return
        for each in rules.refusals(document.value):
            document.add("E339" if each.reason == rules.WRONG_ACTION else "E338", each.text, each.path)
        for each in rules.risks(document.value):
            document.add("W334" if each.reason else "W333", each.text, each.path)
        if (size := len(minified(padded(document.value)))) > rules.MAX_CHARACTERS:
            text = f"the resource policy has {size:,} characters, the limit is {rules.MAX_CHARACTERS:,}"
            document.add("E340", text, (), help="shorten it")
        yield ResourcePolicy(
            address=ADDRESS, content=document.value, source=spec.source(), **tagging(value.tags, value.tags_mode)
        )

    def written(self, resources: Sequence[Resource], names: Mapping[Address, str]) -> Json:
        for each in resources:
            if isinstance(each, ResourcePolicy):
                return {"content": each.content} | ({"tags": dict(each.tags)} if each.tags else {})
        return None

    def read(self, reads: Reads, parts: Collection[str]) -> Iterator[ResourcePolicy]:
        try:
            found = reads.call("DescribeResourcePolicy", {})["ResourcePolicy"]
        except ServiceError as error:
            if error.code != "ResourcePolicyNotFoundException":
                raise
            return
        id = found["ResourcePolicySummary"]["Id"]
        tags = reads.items("ListTagsForResource", "Tags", ResourceId=id)
        yield ResourcePolicy(
            address=ADDRESS,
            id=id,
            content=json.loads(found["Content"]),
            tags={each["Key"]: each["Value"] for each in tags},
        )

    def changed_fields(self, wanted: Resource, existing: Resource) -> tuple[str, ...]:
        assert isinstance(wanted, ResourcePolicy)
        assert isinstance(existing, ResourcePolicy)
        fields = super().changed_fields(wanted, existing)
        same = same_meaning(wanted.content, existing.content, wanted.language)
        return tuple(name for name in fields if name != "content" or not same)

    def refusals(self, change: Change, state: State, scope: Scope, management: Address | None) -> Iterable[str]:
        """InvalidInputException of PutResourcePolicy: INVALID_RESOURCE_POLICY_JSON for accounts that are not in the
        organization."""
        if not isinstance(change.after, ResourcePolicy):
            return
        members = {each.id for each in state.values() if isinstance(each, Account)}
        outside = {id for _, id in rules.accounts_in(change.after.content) if id.isdigit() and id not in members}
        for id in sorted(outside):
            yield f"{change.address} names the account {id}, which is not in the organization"

    def calls(self, change: Change, ids: Ids) -> Iterator[Call]:
        policy = change.resource
        assert isinstance(policy, ResourcePolicy)
        if change.after is None:
            yield Call("DeleteResourcePolicy", {}, already=frozenset({"ResourcePolicyNotFoundException"}))
        elif change.before is None:
            yield from _create(policy, ids)
        else:
            if "content" in change.fields:
                yield Call("PutResourcePolicy", {"Content": minified(ids.resolve(policy.content))})
            yield from tag_calls(change, ids)


def _create(policy: ResourcePolicy, ids: Ids) -> Iterator[Call]:
    """The call that creates it. Where the answer was lost, the next try is refused because of its tags; what is there
    then is taken only if it has the same meaning."""
    content = ids.resolve(policy.content)
    params: dict[str, Any] = {"Content": minified(content)}
    if policy.tags:
        params["Tags"] = tag_list(policy.tags)
    yield Call("PutResourcePolicy", params, id_at=_ID, already=frozenset({_THERE}))

    def other(answer: dict[str, Any]) -> str | None:
        there = json.loads(answer["ResourcePolicy"]["Content"])
        return None if same_meaning(content, there, policy.language) else "AnotherResourcePolicy"

    try:
        ids[policy.address]
    except KeyError:
        yield Call("DescribeResourcePolicy", {}, id_at=_ID, refusal=other)
