"""How a spec writes cost categories, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from reconciler.kinds import scalars as s
from reconciler.kinds.base import Declaring
from reconciler.kinds.billing.cost_category_resource import CategoryRule, CostCategory, SplitCharge
from reconciler.kinds.billing.matching import DIMENSIONS, KEYED, fields_of, sorted_values, wrong_part
from reconciler.kinds.tag import TagsModeShape, TagsShape, tagging
from reconciler.model import address as addresses
from reconciler.model.address import Address
from reconciler.model.base import Json
from reconciler.model.diagnostic import Code
from reconciler.model.reference import REFERENCE, reference

_MOST_CATEGORIES = 50
_MOST_RULES = 500
_MOST_SPLIT_CHARGES = 10
"""https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/billing-limits.html#limits-cost-categories"""

CategoryName = Annotated[
    str,
    StringConstraints(pattern=r"^[\w-]([\w -]{0,48}[\w-])?$"),
    s.Expected("a name of 1 to 50 letters, digits, spaces, `-` or `_`", "shorten or correct it"),
]
Pattern = Annotated[str, s.Expected("an account pattern, like `ou:Workloads/**`")]
_Texts = list[s.Text]


class InheritedTagShape(s.Shape):
    """The value is that of a tag."""

    tag: s.Text = Field(description="The key of the tag.", examples=["team"])


def _inherited(value: object) -> str:
    return "⟨mapping⟩" if isinstance(value, dict) else "⟨word⟩"


if TYPE_CHECKING:
    _Inherit = InheritedTagShape | Literal["account_name"]
else:
    _Inherit = Annotated[
        Annotated[InheritedTagShape, Tag("⟨mapping⟩")]
        | Annotated[Literal["account_name"], s.Choice(("account_name",)), Tag("⟨word⟩")],
        Discriminator(_inherited),
    ]


class RuleShape(s.Shape):
    """A rule: a value and the costs that get it, which match all that the rule names, or a value that is inherited."""

    value: s.Unset[CategoryName] = Field(default=None, description="The value of the category.", examples=["Shop"])
    inherit: s.Unset[_Inherit] = Field(
        default=None, description="The value is the name of the account, or the value of a tag.",
        examples=["account_name", {"tag": "team"}],
    )  # fmt: skip
    accounts: s.Unset[list[Pattern]] = Field(
        default=None,
        description="Accounts: `ou:X` directly in an OU, `ou:X/**` all below it, `ou:/**` all, `account:KEY` one.",
        examples=[["ou:Workloads/Shop/**"]],
    )
    account_names: s.Unset[_Texts] = Field(default=None, description="Names of accounts.")
    services: s.Unset[_Texts] = Field(default=None, description="Codes of services.", examples=[["AmazonEC2"]])
    regions: s.Unset[_Texts] = Field(default=None, description="Regions.", examples=[["eu-west-1"]])
    charge_types: s.Unset[_Texts] = Field(default=None, description="Types of charges.", examples=[["Usage", "Tax"]])
    usage_types: s.Unset[_Texts] = Field(default=None, description="Types of usage.")
    tags: s.Unset[dict[s.Text, _Texts]] = Field(
        default=None, description="Cost allocation tags, with their values.", examples=[{"team": ["shop"]}]
    )
    cost_categories: s.Unset[dict[s.Text, _Texts]] = Field(
        default=None, description="Other cost categories, with their values.", examples=[{"Team": ["Shop"]}]
    )
    expression: s.Unset[dict[str, Json]] = Field(
        default=None,
        description="An expression of Cost Explorer, for what the other keys cannot say.",
        examples=[{"Not": {"Dimensions": {"Key": "REGION", "Values": ["eu-west-1"]}}}],
    )


class SplitChargeShape(s.Shape):
    """Costs of one value that are split across others."""

    from_: s.Text = Field(alias="from", description="The value that is split. An empty text: what has no value.")
    to: list[s.Text] = Field(description="The values that share it.", examples=[["Shop", "Blog"]])
    method: Annotated[
        Literal["even", "proportional", "fixed"], s.Choice(("even", "proportional", "fixed"))
    ] = Field(description="How it is split.")  # fmt: skip
    shares: s.Unset[list[s.Count]] = Field(
        default=None, description="With `fixed`: the share of each value, in per cent.", examples=[[60, 40]]
    )


class CostCategoryShape(s.Shape):
    """A cost category. A part that is left out keeps its live value."""

    rules: s.Unset[list[RuleShape]] = Field(
        default=None, description="The rules, of which the first that matches counts. A new category needs one."
    )
    default: s.Unset[CategoryName] = Field(
        default=None, description="The value of all other costs. `none`: they have none.", examples=["Unassigned"]
    )
    split_charges: s.Unset[list[SplitChargeShape]] = Field(
        default=None, description="Values whose costs are split across others. `[]`: none."
    )
    tags: s.Unset[TagsShape] = None
    tags_mode: s.Unset[TagsModeShape] = None


CostCategories = dict[CategoryName, Annotated[CostCategoryShape, s.OrEmpty()]]

CODES = (
    Code(
        code="E390",
        severity="error",
        title="A cost category with a wrong part",
        explanation="A rule has a `value` and at least one key that says which costs get it, or `inherit` alone. A "
        "category has at most 500 rules and 10 split charges; a fixed split charge has a share for each value.",
    ),
    Code(
        code="E391",
        severity="error",
        title="More cost categories than there may be",
        explanation="A management account has at most 50 cost categories.",
    ),
    Code(
        code="E392",
        severity="error",
        title="An expression that Cost Explorer refuses",
        explanation="An `expression` is one of Cost Explorer: `And` and `Or` with lists of expressions, `Not` with "
        "one, or `Dimensions`, `Tags` or `CostCategories` with `Key`, `Values` and `MatchOptions`.",
    ),
)


def declared_categories(value: CostCategories, spec: Declaring) -> Iterator[CostCategory]:
    """The cost categories of a spec; what is wrong with them is noted."""
    if len(value) > _MOST_CATEGORIES:
        text = f"the spec declares {len(value)} cost categories, the limit is {_MOST_CATEGORIES}"
        spec.add("E391", text, help="remove some of them")
    for name, shape in value.items():
        yield CostCategory(
            address=f"{CostCategory.prefix}:{name}",
            name=name,
            rules=_rules(name, shape.rules, spec),
            default="" if shape.default == "none" else shape.default,
            split_charges=_split_charges(name, shape.split_charges, spec),
            source=spec.source(name),
            **tagging(shape.tags, shape.tags_mode),
        )


def _rules(name: str, shapes: Sequence[RuleShape] | None, spec: Declaring) -> tuple[CategoryRule, ...] | None:
    if shapes is None:
        return None
    if not 0 < len(shapes) <= _MOST_RULES:
        text = f"the cost category `{name}` has {len(shapes)} rules, it can have 1 to {_MOST_RULES}"
        spec.add("E390", text, name, "rules", help="remove `rules` to leave them as they are" if not shapes else None)
    return tuple(_rule(shape, spec, name, "rules", index) for index, shape in enumerate(shapes))


def _rule(shape: RuleShape, spec: Declaring, *at: str | int) -> CategoryRule:
    found = matched(shape, spec, *at)
    empty = next((key for key in found if getattr(shape, key) in ([], {})), None)
    if empty is not None:
        spec.add("E390", f"`{empty}` matches no costs", *at, empty, help="name at least one, or remove the key")
    if shape.inherit is not None:
        if shape.value is not None or found:
            spec.add("E390", "a rule with `inherit` has no other key", *at, help="keep `inherit`, or remove it")
        inherit = "account_name" if shape.inherit == "account_name" else f"tag:{shape.inherit.tag}"
        return CategoryRule(inherit=inherit)
    if shape.value is None or not (found or shape.expression):
        text = "a rule has a `value` and says which costs get it"
        spec.add("E390", text, *at, help="add `value` and, for example, `accounts`; or write `inherit` alone")
    return CategoryRule(value=shape.value or "", **found)


def matched(shape: RuleShape, spec: Declaring, *at: str | int) -> dict[str, Any]:
    """The fields of `Matches` that a rule names."""
    found: dict[str, Any] = {}
    if shape.accounts is not None:
        accounts = spec.accounts(shape.accounts, *at, "accounts")
        found["accounts"] = sorted_values(reference(each.address) for each in accounts)
    for name in DIMENSIONS:
        values = getattr(shape, name)
        if values is not None and name != "accounts":
            found[name] = sorted_values(values)
    for name in KEYED:
        if (values := getattr(shape, name)) is not None:
            found[name] = {key: sorted_values(each) for key, each in values.items()}
            if not all(values.values()):
                spec.add("E390", f"`{name}` has a key without values", *at, name, help="name the values")
    if shape.expression is not None:
        if text := wrong_part(shape.expression):
            spec.add("E392", text, *at, "expression")
        elif found:
            text = "`expression` says which costs match, so other keys cannot"
            spec.add("E390", text, *at, "expression", help="put the other keys into the expression, with `And`")
        found |= fields_of(shape.expression)
    return found


def _split_charges(
    name: str, shapes: Sequence[SplitChargeShape] | None, spec: Declaring
) -> tuple[SplitCharge, ...] | None:
    if shapes is None:
        return None
    if len(shapes) > _MOST_SPLIT_CHARGES:
        text = f"the cost category `{name}` has {len(shapes)} split charges, the limit is {_MOST_SPLIT_CHARGES}"
        spec.add("E390", text, name, "split_charges")
    for index, each in enumerate(shapes):
        shares = each.shares or []
        if (each.method == "fixed") != bool(shares) or (shares and (len(shares) != len(each.to) or sum(shares) != 100)):
            text = "with `method: fixed` each value has a share, and together they are 100; else there is none"
            spec.add("E390", text, name, "split_charges", index, help="write `shares: [60, 40]`, in the order of `to`")
    return tuple(
        SplitCharge(
            source=each.from_, targets=tuple(each.to), method=each.method,
            shares=tuple(map(str, each.shares)) if each.shares else None,
        )
        for each in shapes
    )  # fmt: skip


def written_category(category: CostCategory, names: Mapping[Address, str]) -> Json:
    """A live category as a spec writes it; `names` are the keys of the declared accounts."""
    value: dict[str, Json] = {
        "default": category.default or None,
        "rules": [_written_rule(each, names) for each in category.rules or ()] or None,
        "split_charges": [_written_split(each) for each in category.split_charges or ()] or None,
        "tags": {**category.tags} if category.tags else None,
    }
    return {key: found for key, found in value.items() if found is not None}


def _written_rule(rule: CategoryRule, names: Mapping[Address, str]) -> Json:
    if rule.inherit is not None:
        tag = rule.inherit.partition(":")[2]
        return {"inherit": {"tag": tag} if tag else rule.inherit}
    patterns = written_accounts(rule.accounts, names)
    if rule.accounts is not None and patterns is None:
        return {"value": rule.value, "expression": rule.expression_of_api()}
    found = rule.model_dump(mode="json", exclude={"inherit", "value"})
    return {"value": rule.value, **found, **({"accounts": patterns} if patterns is not None else {})}


def written_accounts(accounts: Sequence[str] | None, names: Mapping[Address, str]) -> Json:
    """The patterns of the accounts; `None` where one of them is not declared, and so has none."""
    if accounts is None:
        return None
    found = []
    for each in accounts:
        match = REFERENCE.fullmatch(each)
        key = names.get(match[1] if match else addresses.account(each))
        if key is None:
            return None
        found.append(f"account:{key}")
    return [*sorted(found)]


def _written_split(split: SplitCharge) -> Json:
    return {
        "from": split.source,
        "to": [*split.targets],
        "method": split.method,
        **({"shares": [int(each) for each in split.shares]} if split.shares else {}),
    }
