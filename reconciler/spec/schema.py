"""The shape of `org.yaml` as pydantic models: the source of validation, of the JSON Schema and of the documentation.

Two habits hold throughout: a key which is not written is `None` here, and one with nothing after it is an error, except
for a mapping of things (`accounts:`), where it is as good as `{}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, create_model

from reconciler.kinds import DELETE_LIMITS, UNDECLARED, sections_of
from reconciler.kinds import scalars as s
from reconciler.kinds.base import Undeclared
from reconciler.kinds.scalars import Unset
from reconciler.kinds.tag import TagsModeShape as TagsMode
from reconciler.kinds.tag import TagsShape as Tags
from reconciler.model.base import Json
from reconciler.model.policy_types import POLICY_TYPES
from reconciler.spec.wording import plural

NOT_MANAGED = "Read, but not managed by this version (a warning says so)."


class Shape(BaseModel):
    """A mapping with known keys only."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def extended(base: type[Shape], fields: dict[str, Any]) -> type[Shape]:
    """The shape with more keys: those that follow from a table."""
    return create_model(base.__name__.removeprefix("_"), __base__=base, __doc__=base.__doc__, **fields)


Attached = Annotated[
    list[s.Text],
    Field(description="Keys of the policies attached to this node, exactly these.", examples=[["deny-leaving"]]),
]
AttachAll = Annotated[
    s.Switch,
    Field(description="`false` detaches FullAWSAccess: the node's own SCPs are then the allow list. Default true."),
]


def _unmanaged(description: str) -> Any:
    return Field(default=None, description=f"{description} {NOT_MANAGED}", json_schema_extra={"x-managed": False})


class Quota(Shape):
    """The limits of one policy type, where yours differ from the default."""

    characters: Unset[s.Positive] = Field(default=None, description="Characters of one minified document.")
    attached: Unset[s.Positive] = Field(default=None, description="Policies of the type attached directly to one node.")


class _Quotas(Shape):
    """Service quotas, where yours differ from the defaults of AWS."""

    accounts: Unset[s.Positive] = Field(default=None, description="Accounts in the organization.")
    organizational_units: Unset[s.Positive] = Field(default=None, description="Organizational units (default 2,000).")


if TYPE_CHECKING:
    Quotas = _Quotas
else:
    Quotas = extended(
        _Quotas,
        {
            row.short: (Quota, Field(default=None, description=f"Limits of {plural(row.label)}."))
            for row in POLICY_TYPES
        },
    )


def _list_or_mapping(value: object) -> str:
    return "⟨mapping⟩" if isinstance(value, dict) else "⟨list⟩"


PolicyTypes = Annotated[
    Annotated[list[s.PolicyTypeName], Tag("⟨list⟩")]
    | Annotated[dict[s.PolicyTypeName, s.Enablement], Tag("⟨mapping⟩")],
    Discriminator(_list_or_mapping),
]


class _OrganizationShape(Shape):
    """The organization itself."""

    id: Unset[s.OrganizationId] = Field(
        default=None, description="Guard: refuse to plan against any other organization.", examples=["o-a1b2c3d4e5"]
    )
    management_account_id: Unset[s.AccountId] = Field(
        default=None, description="Guard: refuse any other management account. In quotes.", examples=["111122223333"]
    )
    feature_set: s.FeatureSet = Field(default="all", description="The feature set. Policies need `all`.")
    policy_types: Unset[PolicyTypes] = Field(
        default=None,
        description="The policy types that are managed; they get enabled. Default: those of the declared policies. "
        "A mapping (`{scp: enabled, backup: disabled}`) can also ask for a type to be disabled.",
        examples=[["scp", "rcp", "tag"], {"scp": "enabled", "backup": "disabled"}],
    )
    quotas: Unset[Quotas] = Field(default=None, description="Quotas that differ from the defaults of AWS.")


if TYPE_CHECKING:
    OrganizationShape = _OrganizationShape
else:
    OrganizationShape = extended(
        _OrganizationShape,
        {
            each.key: (each.type, Field(default=None, description=each.description, examples=[*each.examples]))
            for _, each in sections_of("organization")
        },
    )


class _AccountDefaults(Shape):
    """What every account has that does not say otherwise."""

    email: Unset[s.EmailPattern] = Field(
        default=None, description="E-mail of accounts without `id` and `email`.", examples=["aws+{{ key }}@example.com"]
    )
    role_name: Unset[s.RoleName] = Field(default=None, description="The role made in a new account.")
    iam_user_access_to_billing: Unset[s.BillingAccess] = Field(default=None, description="For new accounts.")
    tags: Unset[Tags] = Field(default=None, description="Merged with the account's own tags; the account's win.")
    tags_mode: Unset[TagsMode] = None


if TYPE_CHECKING:
    AccountDefaults = _AccountDefaults
else:
    AccountDefaults = extended(
        _AccountDefaults,
        {
            each.key: (each.type, Field(default=None, description=f"{each.description} The account's entries win."))
            for _, each in sections_of("account")
            if each.defaults
        },
    )


class Defaults(Shape):
    """Defaults."""

    accounts: Annotated[AccountDefaults, s.OrEmpty()] = Field(
        default_factory=AccountDefaults, description="For accounts."
    )


class PolicyShape(Shape):
    """A policy of the catalogue: declared once, attached by its key."""

    type: s.PolicyTypeName = Field(description="The policy type.")
    name: Unset[s.Name] = Field(default=None, description="The live name, where it is not the key.")
    description: Unset[s.Description] = Field(
        default=None, description="At most 512 characters. Unset: left alone. A text cannot be emptied, only replaced."
    )
    content: Unset[dict[str, Json]] = Field(default=None, description="The document, inline. Either this or `file`.")
    file: Unset[s.Text] = Field(
        default=None,
        description="The document's file (.json, .yaml, either with .j2), relative to the file which names it.",
        examples=["policies/scp/deny-regions.json.j2"],
    )
    vars: Unset[dict[s.Text, Json]] = Field(default=None, description="What the template sees as `vars`.")
    lint: Unset[dict[s.Text, list[s.Text]]] = Field(
        default=None,
        description="Codes of warnings that are intended, by the Sid (or number, from 1) of the statement; `*` is all.",
        examples=[{"DenyOutsideEurope": ["W463"]}],
    )
    previously: Unset[list[s.Name]] = Field(
        default=None, description="Earlier live names: a rename, not a delete and a create.", examples=[["region-lock"]]
    )
    tags: Unset[Tags] = None
    tags_mode: Unset[TagsMode] = None


Catalogue = Annotated[dict[s.Key, PolicyShape], s.OrEmpty()]


class _AccountShape(Shape):
    """An account, by its key."""

    id: Unset[s.AccountId] = Field(default=None, description="The account's id, in quotes.", examples=["111122223333"])
    name: Unset[s.Name] = Field(
        default=None, description="The account's name. Unset: the key for a new account, else kept."
    )
    email: Unset[s.Text] = Field(
        default=None, description="The root user's e-mail, which identifies an account without `id`."
    )
    role_name: Unset[s.RoleName] = Field(default=None, description="The role made in a new account.")
    iam_user_access_to_billing: Unset[s.BillingAccess] = Field(default=None, description="For a new account.")
    tags: Unset[Tags] = None
    tags_mode: Unset[TagsMode] = None
    policies: Unset[Attached] = None
    full_aws_access: Unset[AttachAll] = None
    state: s.DeclaredState = Field(default="active", description="`closed` closes the account, `removed` takes it out.")
    invite: Json = _unmanaged("An existing account to be invited.")
    gov_cloud: Json = _unmanaged("Create it with a GovCloud counterpart.")


if TYPE_CHECKING:
    AccountShape = _AccountShape
else:
    AccountShape = extended(
        _AccountShape,
        {
            each.key: (each.type, Field(default=None, description=each.description, examples=[*each.examples]))
            for _, each in sections_of("account")
        },
    )


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

    previously: Unset[list[s.Text]] = Field(
        default=None, description="Earlier names (same parent) or paths: a rename, not a delete.", examples=[["Prod"]]
    )


Unit = Annotated[UnitShape, s.OrEmpty()]
NodeShape.model_rebuild()
UnitShape.model_rebuild()


class _UnmanagedShape(Shape):
    """What happens to what is live but not declared."""


def _treatment(undeclared: Undeclared) -> tuple[Any, Any]:
    """The type and the default of a key of `unmanaged`."""
    of = Annotated[str, s.Choice(undeclared.choices)]
    return of, Field(default=undeclared.default, description=undeclared.description)


if TYPE_CHECKING:
    UnmanagedShape = _UnmanagedShape
else:
    UnmanagedShape = extended(_UnmanagedShape, {plural: _treatment(each) for plural, each in UNDECLARED.items()})


class IgnoreShape(Shape):
    """What another tool owns: out of sight altogether. Patterns."""

    policies: list[s.Glob] = Field(
        default=[],
        description="Live names of policies. `aws-guardrails-*` (AWS Control Tower) always is.",
        examples=[["terraform-*"]],
    )
    tags: list[s.Glob] = Field(
        default=[], description="Keys of tags. `aws:*` always is.", examples=[["awsApplication"]]
    )
    organizational_units: list[s.Glob] = Field(default=[], description="Paths of OUs.", examples=[["Legacy/**"]])
    accounts: list[s.Glob] = Field(default=[], description="Keys, ids, names or e-mails of accounts.")


class _MaxDeletes(Shape):
    """How much one apply may delete: a number, or a percentage of what there is."""


if TYPE_CHECKING:
    MaxDeletes = _MaxDeletes
else:
    MaxDeletes = extended(
        _MaxDeletes,
        {
            each.plural: (s.Limit, Field(default=each.default, description=each.description))
            for each in DELETE_LIMITS.values()
        },
    )


class GuardsShape(Shape):
    """What an apply refuses to do."""

    protected: list[s.Glob] = Field(
        default=[],
        description="Addresses that are never deleted, detached, moved or closed.",
        examples=[["ou:Security/**"]],
    )
    max_deletes: MaxDeletes = Field(default_factory=MaxDeletes, description="How much one apply may delete.")
    max_account_closures: s.Count | None = Field(
        default=None, description="Accounts that one apply with --allow-close may close or remove."
    )
    max_account_creations: s.Count = Field(default=20, description="Accounts that one apply may create.")
    minimum: s.Count = Field(default=10, description="How many objects there must be before a percentage counts.")
    impact: Unset[dict[s.Text, s.Claim]] = Field(
        default=None,
        description="OUs (`/` is the root) whose accounts may gain, or lose, no permission by an apply.",
        examples=[{"Workloads/Production": "no-gain"}],
    )


class TestShape(Shape):
    """A test of the policies: what a request is decided, without any live organization."""

    name: Unset[s.Text] = Field(default=None, description="What the test is about.")
    account: s.Text = Field(description="The key (or id) of the account.", examples=["shop-prod"])
    action: s.Text = Field(description="The action that is asked for.", examples=["ec2:RunInstances"])
    expect: s.Verdict = Field(description="The decision that the policies have to give.")
    region: Unset[s.Text] = Field(default=None, description="The requested Region.", examples=["us-east-1"])
    principal: Unset[s.Text] = Field(
        default=None,
        description="Who calls: an ARN, a service, or `*`. Default: any role of the account.",
        examples=["arn:aws:iam::111122223333:role/deployer", "cloudtrail.amazonaws.com"],
    )
    resource: Unset[s.Text] = Field(default=None, description="The ARN of what is asked for. Default: any.")
    resource_account: Unset[s.Text] = Field(default=None, description="The account that owns the resource.")
    context: Unset[dict[s.Text, Json]] = Field(
        default=None,
        description="Context keys and their value or values. What is not given is absent from the request.",
        examples=[{"aws:SecureTransport": "false"}],
    )


class Spec(Shape):
    """An AWS organization, declared."""

    version: Literal[1] = Field(description="The version of this format.")
    include: Unset[list[s.Text]] = Field(
        default=None,
        description="More files of this shape, merged; patterns relative to this file.",
        examples=[["teams/*.yaml"]],
    )
    organization: Annotated[OrganizationShape, s.OrEmpty()] = Field(
        default_factory=OrganizationShape, description="The organization itself."
    )
    defaults: Annotated[Defaults, s.OrEmpty()] = Field(
        default_factory=Defaults, description="Values for objects that do not set their own."
    )
    policies: Catalogue = Field(default={}, description="The catalogue of policies, by key.")
    root: Annotated[NodeShape, s.OrEmpty()] = Field(description="The root of the tree.")
    unmanaged: Annotated[UnmanagedShape, s.OrEmpty()] = Field(
        default_factory=UnmanagedShape, description="What to do with what is live but not declared."
    )
    ignore: Annotated[IgnoreShape, s.OrEmpty()] = Field(
        default_factory=IgnoreShape, description="What another tool owns."
    )
    guards: Annotated[GuardsShape, s.OrEmpty()] = Field(
        default_factory=GuardsShape, description="What an apply refuses to do."
    )
    tests: Unset[list[TestShape]] = Field(
        default=None,
        description="Tests of the policies, run by `validate` and before every plan. Also read from policies/tests/.",
    )


def json_schema() -> dict[str, Json]:
    """The JSON Schema of `org.yaml` and of the files it includes (draft 2020-12), for editors and other tools.

    Of the top-level keys only `version` is required, for any other may stand in an included file.
    """
    shape = Spec.model_json_schema()
    schema: dict[str, Json] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **shape,
        "required": ["version"],
    }
    _trim(schema)
    _allow_extensions(schema)
    return {"title": "org.yaml", **schema}


def _allow_extensions(value: Json) -> None:
    """Mappings with known keys may have keys of the author's own, which begin with `x-`."""
    if isinstance(value, dict):
        if "properties" in value and value.get("additionalProperties") is False:
            value["patternProperties"] = {"^x-": {}}
        for each in value.values():
            _allow_extensions(each)
    elif isinstance(value, list):
        for each in value:
            _allow_extensions(each)


def _trim(value: Json) -> None:
    """Takes out titles and defaults that say nothing, and closes the mappings whose keys have a pattern."""
    if isinstance(value, dict):
        if isinstance(value.get("title"), str) and len(value) > 1:
            del value["title"]
        if "default" in value and not isinstance(value["default"], str | int):
            del value["default"]
        if "patternProperties" in value:
            value["additionalProperties"] = False
        for each in value.values():
            _trim(each)
    elif isinstance(value, list):
        for each in value:
            _trim(each)
