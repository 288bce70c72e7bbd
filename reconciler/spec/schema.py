"""The shape of `org.yaml` as pydantic models: the source of validation, of the JSON Schema and of the documentation.

A key which is not written is `None` or its default here. A key with nothing after it is an error, except for a mapping
of objects (`accounts:`), where it is the same as `{}`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Discriminator, Field, Tag, create_model

from reconciler.kinds import DELETE_LIMITS, UNDECLARED, sections_of
from reconciler.kinds import scalars as s
from reconciler.kinds.base import SectionOwner
from reconciler.kinds.scalars import Shape, Unset
from reconciler.kinds.tag import TagsModeShape as TagsMode
from reconciler.kinds.tag import TagsShape as Tags
from reconciler.model.base import Json
from reconciler.model.limits import Limit
from reconciler.model.policy_types import POLICY_TYPES, PolicyTypeRow
from reconciler.spec.wording import plural

S = TypeVar("S", bound=Shape)


def with_keys(fields: Mapping[str, tuple[Any, Any]]) -> Callable[[type[S]], type[S]]:
    """Adds the keys that follow from a table, each with its type and its `Field`, to a shape."""

    def extended(base: type[S]) -> type[S]:
        added: dict[str, Any] = dict(fields)
        return create_model(base.__name__, __base__=base, __doc__=base.__doc__, __module__=base.__module__, **added)

    return extended


def unset(description: str, **more: Any) -> Any:
    """A key that may be left out."""
    return Field(default=None, description=description, **more)


Globs = Annotated[tuple[s.Glob, ...], Field(strict=False)]
Attached = Annotated[
    list[s.Text],
    Field(description="Keys of the policies attached to this node, exactly these.", examples=[["deny-leaving"]]),
]
AttachAll = Annotated[
    s.Switch,
    Field(description="`false` detaches FullAWSAccess: the node's own SCPs are then the allow list. Default true."),
]


def _sections(owner: SectionOwner) -> dict[str, tuple[Any, Any]]:
    """The keys of the kinds with a section of `owner`."""
    return {each.key: (each.type, unset(each.description, examples=[*each.examples])) for _, each in sections_of(owner)}


class Quota(Shape):
    """The limits of one policy type, where yours differ from the default."""

    characters: Unset[s.Positive] = unset("Characters of one minified document.")
    attached: Unset[s.Positive] = unset("Policies of the type attached directly to one node.")


@with_keys({row.short: (Quota, unset(f"Limits of {plural(row.label)}.")) for row in POLICY_TYPES})
class Quotas(Shape):
    """Service quotas, where yours differ from the defaults of AWS."""

    accounts: Unset[s.Positive] = unset("Accounts in the organization.")
    organizational_units: s.Positive = Field(default=2_000, description="Organizational units.")

    @cached_property
    def policy_types(self) -> dict[str, Quota]:
        """The limits of every policy type, by its short name: the defaults of AWS and what the spec sets instead.
        `None` is not known and left to the service."""
        return {row.short: _quota(row, getattr(self, row.short)) for row in POLICY_TYPES}


def _quota(row: PolicyTypeRow, own: Quota | None) -> Quota:
    default = Quota.model_construct(characters=row.max_characters, attached=row.max_attached)
    return default.model_copy(update=own.model_dump(exclude_none=True)) if own else default


def _list_or_mapping(value: object) -> str:
    return "⟨mapping⟩" if isinstance(value, dict) else "⟨list⟩"


PolicyTypes = Annotated[
    Annotated[list[s.PolicyTypeName], Tag("⟨list⟩")]
    | Annotated[dict[s.PolicyTypeName, s.Enablement], Tag("⟨mapping⟩")],
    Discriminator(_list_or_mapping),
]


@with_keys(_sections("organization"))
class OrganizationShape(Shape):
    """The organization itself."""

    id: Unset[s.OrganizationId] = unset(
        "Guard: refuse to plan against any other organization.", examples=["o-a1b2c3d4e5"]
    )
    management_account_id: Unset[s.AccountId] = unset(
        "Guard: refuse any other management account. In quotes.", examples=["111122223333"]
    )
    policy_types: Unset[PolicyTypes] = unset(
        "The policy types that are managed; they get enabled. Default: those of the declared policies. "
        "A mapping (`{scp: enabled, backup: disabled}`) can also disable a type.",
        examples=[["scp", "rcp", "tag"], {"scp": "enabled", "backup": "disabled"}],
    )
    quotas: Unset[Quotas] = unset("Quotas that differ from the defaults of AWS.")


@with_keys(_sections("identity_center"))
class IdentityCenterShape(Shape):
    """Access of people: IAM Identity Center."""


@with_keys(_sections("billing"))
class BillingShape(Shape):
    """Who pays for what: AWS Billing and Cost Management."""


@with_keys(
    {
        each.key: (each.type, unset(f"{each.description} The account's entries win."))
        for _, each in sections_of("account")
        if each.defaults
    }
)
class AccountDefaults(Shape):
    """The values of accounts that do not set their own."""

    email: Unset[s.EmailPattern] = unset(
        "E-mail of accounts without `id` and `email`.", examples=["aws+{{ key }}@example.com"]
    )
    role_name: Unset[s.RoleName] = unset("The role made in a new account.")
    iam_user_access_to_billing: Unset[s.BillingAccess] = unset("For new accounts.")
    tags: Unset[Tags] = unset("Merged with the account's own tags; the account's win.")
    tags_mode: Unset[TagsMode] = None


class Defaults(Shape):
    """Defaults."""

    accounts: Annotated[AccountDefaults, s.OrEmpty()] = Field(
        default_factory=AccountDefaults, description="For accounts."
    )


class PolicyShape(Shape):
    """A policy of the catalogue: declared once, attached by its key."""

    type: s.PolicyTypeName = Field(description="The policy type.")
    name: Unset[s.Name] = unset("The live name, where it is not the key.")
    description: Unset[s.Description] = unset(
        "At most 512 characters. Unset: left alone. A text cannot be emptied, only replaced."
    )
    content: Unset[dict[str, Json]] = unset("The document, inline. Either this or `file`.")
    file: Unset[s.Text] = unset(
        "The document's file (.json, .yaml, either with .j2), relative to the file which names it.",
        examples=["policies/scp/deny-regions.json.j2"],
    )
    vars: Unset[dict[s.Text, Json]] = unset("What the template sees as `vars`.")
    lint: Unset[dict[s.Text, list[s.Text]]] = unset(
        "Codes of warnings that are intended, by the Sid (or number, from 1) of the statement; `*` is all.",
        examples=[{"DenyOutsideEurope": ["W463"]}],
    )
    previously: Unset[list[s.Name]] = unset(
        "Earlier live names: a rename, not a delete and a create.", examples=[["region-lock"]]
    )
    tags: Unset[Tags] = None
    tags_mode: Unset[TagsMode] = None


Catalogue = Annotated[dict[s.Key, PolicyShape], s.OrEmpty()]


@with_keys(_sections("account"))
class AccountShape(Shape):
    """An account, by its key."""

    id: Unset[s.AccountId] = unset("The account's id, in quotes.", examples=["111122223333"])
    name: Unset[s.Name] = unset("The account's name. Unset: the key for a new account, else kept.")
    email: Unset[s.Text] = unset("The root user's e-mail, which identifies an account without `id`.")
    role_name: Unset[s.RoleName] = unset("The role made in a new account.")
    iam_user_access_to_billing: Unset[s.BillingAccess] = unset("For a new account.")
    tags: Unset[Tags] = None
    tags_mode: Unset[TagsMode] = None
    policies: Unset[Attached] = None
    full_aws_access: Unset[AttachAll] = None
    state: s.DeclaredState = Field(default="active", description="`closed` closes the account, `removed` takes it out.")
    invite: Unset[s.Switch] = unset("Invites an existing account, by `id` or `email`, to join the organization.")
    invite_notes: Unset[s.InviteNotes] = unset("Text in the e-mail of the invitation.")
    gov_cloud: Unset[s.Switch] = unset("Creates the account with a counterpart in GovCloud; matters at creation only.")


Accounts = Annotated[dict[s.Key, Annotated[AccountShape, s.OrEmpty()]], s.OrEmpty()]
Units = Annotated[dict[s.Name, "Unit"], s.OrEmpty()]


class NodeShape(Shape):
    """A node of the tree: the root, or an organizational unit."""

    policies: Unset[Attached] = None
    tags: Unset[Tags] = None
    tags_mode: Unset[TagsMode] = None
    full_aws_access: Unset[AttachAll] = None
    accounts: Accounts = Field(
        default={}, description="The accounts directly in this node, by key.", examples=[{"log-archive": {}}]
    )
    organizational_units: Units = Field(
        default={}, description="The organizational units directly in this node, by name. At most five levels."
    )


class UnitShape(NodeShape):
    """An organizational unit, by its name."""

    previously: Unset[list[s.Text]] = unset(
        "Earlier names (same parent) or paths: a rename, not a delete.", examples=[["Prod"]]
    )


Unit = Annotated[UnitShape, s.OrEmpty()]
NodeShape.model_rebuild()
UnitShape.model_rebuild()


@with_keys(
    {
        plural: (Annotated[str, s.Choice(each.choices)], Field(default=each.default, description=each.description))
        for plural, each in UNDECLARED.items()
    }
)
class UnmanagedShape(Shape):
    """What happens to what is live but not declared."""


class Ignore(Shape):
    """What another tool manages, by patterns: it is ignored entirely."""

    policies: Globs = Field(
        default=(),
        description="Live names of policies. `aws-guardrails-*` (AWS Control Tower) always is.",
        examples=[["terraform-*"]],
    )
    tags: Globs = Field(default=(), description="Keys of tags. `aws:*` always is.", examples=[["awsApplication"]])
    organizational_units: Globs = Field(default=(), description="Paths of OUs.", examples=[["Legacy/**"]])
    accounts: Globs = Field(default=(), description="Keys, ids, names or e-mails of accounts.")

    def with_defaults(self) -> Ignore:
        """With what every spec ignores: the policies of AWS Control Tower and the tags that only AWS sets."""
        policies, tags = [*self.policies, "aws-guardrails-*"], ["aws:*", *self.tags]
        return self.model_copy(update={"policies": tuple(dict.fromkeys(policies)), "tags": tuple(dict.fromkeys(tags))})


@with_keys(
    {
        each.plural: (s.Limit, Field(default=each.default, description=each.description))
        for each in DELETE_LIMITS.values()
    }
)
class MaxDeletes(Shape):
    """How much one apply may delete: a number, or a percentage of the existing objects."""


class Guards(Shape):
    """What an apply refuses to do."""

    protected: Globs = Field(
        default=(),
        description="Addresses that are never deleted, detached, moved or closed.",
        examples=[["ou:Security/**"]],
    )
    max_deletes: MaxDeletes = Field(default_factory=MaxDeletes, description="How much one apply may delete.")
    max_account_closures: s.Count | None = unset(
        "Accounts that one apply with --allow-close may close or remove; without it, any number."
    )
    max_account_creations: s.Count = Field(default=20, description="Accounts that one apply may create.")
    max_account_invitations: s.Count = Field(default=20, description="Accounts that one apply may invite.")
    minimum: s.Count = Field(default=10, description="How many objects there must be before a percentage counts.")
    impact: dict[s.Text, s.Claim] = Field(
        default={},
        description="OUs (`/` is the root) whose accounts may gain, or lose, no permission by an apply.",
        examples=[{"Workloads/Production": "no-gain"}],
    )

    @property
    def limits(self) -> dict[str, Limit]:
        """`max_deletes` by its keys."""
        return {plural: Limit.parse(value) for plural, value in self.max_deletes}


class TestShape(Shape):
    """A test of the policies: the decision on a request, without any live organization."""

    name: Unset[s.Text] = unset("What the test is about.")
    account: s.Text = Field(description="The key (or id) of the account.", examples=["shop-prod"])
    action: s.Text = Field(description="The requested action.", examples=["ec2:RunInstances"])
    expect: s.Verdict = Field(description="The decision that the policies have to give.")
    region: Unset[s.Text] = unset("The requested Region.", examples=["us-east-1"])
    principal: Unset[s.Text] = unset(
        "Who calls: an ARN, a service, or `*`. Default: any role of the account.",
        examples=["arn:aws:iam::111122223333:role/deployer", "cloudtrail.amazonaws.com"],
    )
    resource: Unset[s.Text] = unset("The ARN of the requested resource. Default: any.")
    resource_account: Unset[s.Text] = unset("The account that owns the resource.")
    context: Unset[dict[s.Text, Json]] = unset(
        "Context keys and their value or values. What is not given is absent from the request.",
        examples=[{"aws:SecureTransport": "false"}],
    )


class Spec(Shape):
    """An AWS organization, declared."""

    version: Literal[1] = Field(description="The version of this format.")
    include: Unset[list[s.Text]] = unset(
        "More files of this shape, merged; patterns relative to this file.", examples=[["teams/*.yaml"]]
    )
    organization: Annotated[OrganizationShape, s.OrEmpty()] = Field(
        default_factory=OrganizationShape, description="The organization itself."
    )
    identity_center: Annotated[IdentityCenterShape, s.OrEmpty()] = Field(
        default_factory=IdentityCenterShape, description="Access of people. Unset: left alone."
    )
    billing: Annotated[BillingShape, s.OrEmpty()] = Field(
        default_factory=BillingShape, description="Who pays for what. Unset: left alone."
    )
    defaults: Annotated[Defaults, s.OrEmpty()] = Field(
        default_factory=Defaults, description="Values for objects that do not set their own."
    )
    policies: Catalogue = Field(default={}, description="The catalogue of policies, by key.")
    root: Annotated[NodeShape, s.OrEmpty()] = Field(description="The root of the tree.")
    unmanaged: Annotated[UnmanagedShape, s.OrEmpty()] = Field(
        default_factory=UnmanagedShape, description="What to do with what is live but not declared."
    )
    ignore: Annotated[Ignore, s.OrEmpty()] = Field(default_factory=Ignore, description="What another tool manages.")
    guards: Annotated[Guards, s.OrEmpty()] = Field(default_factory=Guards, description="What an apply refuses to do.")
    findings: Unset[dict[s.Text, s.Switch]] = unset(
        "Findings about the organization, by code: `false` switches one off.", examples=[{"I605": False}]
    )
    tests: Unset[list[TestShape]] = unset(
        "Tests of the policies, run by `validate` and before every plan. Also read from policies/tests/."
    )


def json_schema() -> dict[str, Json]:
    """The JSON Schema of `org.yaml` and of the files it includes (draft 2020-12), for editors and other tools.

    Of the top-level keys only `version` is required, for any other may be in an included file.
    """
    shape = Spec.model_json_schema()
    schema: dict[str, Json] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **shape,
        "required": ["version"],
    }
    _adapt(schema)
    return {"title": "org.yaml", **schema}


def _adapt(value: Json) -> None:
    """Removes redundant titles and defaults, and closes the mappings whose keys have a pattern. Mappings with known
    keys may have keys of the author's own, which begin with `x-`."""
    if isinstance(value, dict):
        if isinstance(value.get("title"), str) and len(value) > 1:
            del value["title"]
        if "default" in value and not isinstance(value["default"], str | int):
            del value["default"]
        if "patternProperties" in value:
            value["additionalProperties"] = False
        elif "properties" in value and value.get("additionalProperties") is False:
            value["patternProperties"] = {"^x-": {}}
        for key, each in value.items():
            if key == "properties" and isinstance(each, dict):
                _adapt([*each.values()])
            elif key != "examples":
                _adapt(each)
    elif isinstance(value, list):
        for each in value:
            _adapt(each)
