"""How a spec writes permission sets, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints

from reconciler.kinds import scalars as s
from reconciler.kinds.base import Declaring
from reconciler.kinds.identity_center import policies
from reconciler.kinds.identity_center.resources import Boundary, CustomerManaged, PermissionSet
from reconciler.kinds.tag import TagsModeShape, TagsShape, tagging
from reconciler.model.base import Json
from reconciler.model.diagnostic import Code
from reconciler.model.document import minified
from reconciler.model.reference import padded

MOST_CHARACTERS = 10_240
"""Characters of an inline policy without white space (https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html)."""
MOST_POLICIES = 20

SetName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_+=,.@-]{1,32}$"),
    s.Expected("the name of a permission set: 1 to 32 letters, digits or `+=,.@-`", "shorten or correct the name"),
]
_PolicyName = Annotated[
    str,
    StringConstraints(pattern=r"^(arn:aws[a-z-]*:iam::aws:policy/)?[A-Za-z0-9_+=,.@/-]+$"),
    s.Expected("the name or the ARN of a policy of AWS", "write its name, like `job-function/ViewOnlyAccess`"),
]
_Description = Annotated[
    str,
    StringConstraints(min_length=1, max_length=700),
    s.Expected("a text of 1 to 700 characters", "write a text, or remove the key to leave it alone"),
]
_RelayState = Annotated[
    str, StringConstraints(min_length=1, max_length=240), s.Expected("a URL, or `none`", "write a URL, or `none`")
]


class CustomerManagedShape(s.Shape):
    """A policy that every account with the permission set has."""

    name: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9_+=,.@-]{1,128}$"), s.Expected("the name of a policy")
    ] = Field(description="Its name, the same in every account.", examples=["deploy-base"])
    path: Annotated[
        str, StringConstraints(pattern=r"^((/[A-Za-z0-9.,+@=_-]+)*)/$", max_length=512), s.Expected("a path, like `/`")
    ] = Field(default="/", description="Its path, the same in every account.")


class BoundaryShape(s.Shape):
    """The permissions boundary: a policy of AWS, or one of the accounts."""

    managed: s.Unset[_PolicyName] = Field(default=None, description="A policy of AWS.", examples=["PowerUserAccess"])
    customer_managed: s.Unset[CustomerManagedShape] = Field(default=None, description="A policy of the accounts.")


class InlineShape(s.Shape):
    """The inline policy: a document, inline or in a file."""

    content: s.Unset[dict[str, Json]] = Field(default=None, description="The document, inline. Either this or `file`.")
    file: s.Unset[s.Text] = Field(
        default=None,
        description="The document's file (.json, .yaml, either with .j2), relative to the file which names it.",
        examples=["policies/deploy.json.j2"],
    )
    vars: s.Unset[dict[s.Text, Json]] = Field(default=None, description="What the template sees as `vars`.")


if TYPE_CHECKING:
    _Inline = InlineShape | Literal["none"]
    _Boundary = BoundaryShape | Literal["none"]
else:
    _Inline = s.or_none(InlineShape)
    _Boundary = s.or_none(BoundaryShape)


class PermissionSetShape(s.Shape):
    """A permission set. A part that is left out keeps its live value."""

    description: s.Unset[_Description] = Field(default=None, description="1 to 700 characters.")
    session: s.Unset[s.Text] = Field(
        default=None, description="How long a session lasts: 1 to 12 hours.", examples=["4h", "1h30m"]
    )
    relay_state: s.Unset[_RelayState] = Field(
        default=None, description="Where people are sent when they sign in. `none`: nowhere in particular."
    )
    managed: s.Unset[list[_PolicyName]] = Field(
        default=None, description="Policies of AWS. `[]`: none.", examples=[["AdministratorAccess"]]
    )
    customer_managed: s.Unset[list[CustomerManagedShape]] = Field(
        default=None, description="Policies that the accounts have. `[]`: none."
    )
    inline: s.Unset[_Inline] = Field(default=None, description="An inline policy. `none`: deleted.")
    boundary: s.Unset[_Boundary] = Field(default=None, description="The permissions boundary. `none`: deleted.")
    previously: s.Unset[list[SetName]] = Field(
        default=None,
        description="Earlier names. A permission set cannot be renamed: the new one takes the place of the old one.",
        examples=[["Administrator"]],
    )
    tags: s.Unset[TagsShape] = None
    tags_mode: s.Unset[TagsModeShape] = None


PermissionSets = dict[SetName, Annotated[PermissionSetShape, s.OrEmpty()]]

CODES = (
    Code(
        code="E383",
        severity="error",
        title="A permission set with a wrong part",
        explanation="A session lasts 1 to 12 hours (`4h`, `1h30m`); a boundary is either `managed` or "
        "`customer_managed`; a set has at most 20 managed and customer managed policies together, none twice.",
    ),
    Code(
        code="E384",
        severity="error",
        title="An inline policy that the service refuses",
        explanation="An inline policy is an identity policy: `Statement`, each with `Effect`, `Action` or `NotAction`, "
        "and `Resource` or `NotResource`, without `Principal`. It has at most 10,240 characters without white space.",
    ),
)


def declared_set(name: str, shape: PermissionSetShape, spec: Declaring) -> Iterator[PermissionSet]:
    """The permission set of a spec; what is wrong with it is noted."""
    session = _session(shape, spec, name)
    boundary = _boundary(shape, spec, name)
    inline = _inline(shape, spec, name)
    managed = _distinct(shape.managed, policies.managed_name, spec, name, "managed")
    customer = _distinct(
        shape.customer_managed, lambda each: CustomerManaged(name=each.name, path=each.path),
        spec, name, "customer_managed",
    )  # fmt: skip
    if (count := len(managed or ()) + len(customer or ())) > MOST_POLICIES:
        text = f"the permission set `{name}` has {count} managed policies, the limit is {MOST_POLICIES}"
        spec.add("E383", text, name, help="put what they allow into fewer policies")
    relay = "" if shape.relay_state == "none" else shape.relay_state
    yield PermissionSet(
        address=f"{PermissionSet.prefix}:{name}", name=name, description=shape.description, session=session,
        relay_state=relay, managed=None if managed is None else tuple(sorted(managed)),
        customer_managed=None if customer is None else tuple(sorted(customer, key=lambda each: (each.path, each.name))),
        inline=inline, boundary=boundary, outdated=(), previously=tuple(shape.previously or ()),
        source=spec.source(name), **tagging(shape.tags, shape.tags_mode),
    )  # fmt: skip


def _session(shape: PermissionSetShape, spec: Declaring, name: str) -> str | None:
    if shape.session is None:
        return None
    try:
        return policies.duration(shape.session)
    except ValueError:
        text = f"`{shape.session}` is not a duration of 1 to 12 hours"
        spec.add("E383", text, name, "session", help="write it like `4h` or `1h30m`")
        return None


def _boundary(shape: PermissionSetShape, spec: Declaring, name: str) -> Boundary | None:
    written = shape.boundary
    if written is None or written == "none":
        return None if written is None else Boundary()
    customer = written.customer_managed
    if (written.managed is None) == (customer is None):
        text = "a boundary is either `managed` or `customer_managed`"
        spec.add("E383", text, name, "boundary", help="keep one of the two; `boundary: none` is no boundary")
    return Boundary(
        managed=policies.managed_name(written.managed) if written.managed else None,
        customer_managed=CustomerManaged(name=customer.name, path=customer.path) if customer else None,
    )


def _inline(shape: PermissionSetShape, spec: Declaring, name: str) -> Json:
    written = shape.inline
    if written is None or written == "none":
        return None if written is None else {}
    document = spec.document(written, f"the inline policy of `{name}`", name, "inline")
    if document is None:
        return None
    for path, text in wrong_statements(document.value):
        document.add("E384", text, path, help="write an identity policy, like those of IAM")
    if (size := len(minified(padded(document.value)))) > MOST_CHARACTERS:
        document.add("E384", f"the inline policy of `{name}` has {size:,} characters, the limit is 10,240", ())
    return document.value


def wrong_statements(document: dict[str, Json]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    statements = document.get("Statement")
    if not isinstance(statements, list | dict) or not statements:
        yield (), "the policy has no statement"
        return
    for index, each in enumerate(statements if isinstance(statements, list) else [statements]):
        at = ("Statement", index) if isinstance(statements, list) else ("Statement",)
        if not isinstance(each, dict):
            yield at, "a statement is a mapping"
            continue
        if each.get("Effect") not in ("Allow", "Deny"):
            yield at, "a statement has an `Effect`: `Allow` or `Deny`"
        if ("Action" in each) == ("NotAction" in each):
            yield at, "a statement has either `Action` or `NotAction`"
        if ("Resource" in each) == ("NotResource" in each):
            yield at, "a statement has either `Resource` or `NotResource`"
        for key in ("Principal", "NotPrincipal"):
            if key in each:
                yield (*at, key), f"an identity policy has no `{key}`"


def _distinct(
    values: Sequence[Any] | None, value_of: Callable[[Any], Any], spec: Declaring, name: str, key: str
) -> list[Any] | None:
    if values is None:
        return None
    found: list[Any] = []
    for index, each in enumerate(values):
        value = value_of(each)
        if value in found:
            spec.add("E383", f"`{key}` of `{name}` lists the same policy twice", name, key, index, help="remove one")
        else:
            found.append(value)
    return found


def written_set(each: PermissionSet) -> Json:
    """A set as a spec writes it, without what is not managed and what there is none of."""
    boundary = each.boundary or Boundary()
    value: dict[str, Json] = {
        "description": each.description or None,
        "session": policies.written_duration(each.session) if each.session else None,
        "relay_state": each.relay_state or None,
        "managed": [*(each.managed or ())] or None,
        "customer_managed": [_written_policy(policy) for policy in each.customer_managed or ()] or None,
        "inline": {"content": each.inline} if each.inline else None,
        "boundary": (
            {"managed": boundary.managed}
            if boundary.managed
            else {"customer_managed": _written_policy(boundary.customer_managed)}
            if boundary.customer_managed
            else None
        ),
        "tags": {**each.tags} if each.tags else None,
    }
    return {key: found for key, found in value.items() if found is not None}


def _written_policy(policy: CustomerManaged) -> Json:
    return {"name": policy.name, **({"path": policy.path} if policy.path != "/" else {})}
