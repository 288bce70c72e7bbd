"""The kinds of single values in a spec, each with the words that say what it must be.

A wrong value raises one error of type `expected`, `form`, `size` or `choice`, whatever pydantic found inside; `shape`
turns it into a diagnostic.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    Tag,
    ValidationError,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from reconciler.model.policy_types import BY_SHORT

T = TypeVar("T")

if TYPE_CHECKING:
    Unset: TypeAlias = T | None
else:

    class Unset:
        """The type of a key that may be left out but, once written, needs a value."""

        def __class_getitem__(cls, item: object) -> object:
            return item


_KINDS = {
    "string_pattern_mismatch": "form",
    "string_too_short": "size",
    "string_too_long": "size",
    "greater_than_equal": "size",
    "less_than_equal": "size",
}


class Shape(BaseModel):
    """A mapping with known keys only."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def plain_value(value: Any) -> Any:
    """The value of a spec as it is written, for a value that was checked against its shape."""
    if isinstance(value, Shape):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(value, dict):
        return {key: plain_value(each) for key, each in value.items()}
    return [*map(plain_value, value)] if isinstance(value, list) else value


@dataclass(frozen=True)
class Expected:
    """What a value must be (`a 12-digit id in quotes`), and how to write it right."""

    what: str
    help: str | None = None

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._checked, handler(source))

    def _checked(self, value: object, inner: core_schema.ValidatorFunctionWrapHandler) -> Any:
        try:
            return inner(value)
        except ValidationError as error:
            types = [each["type"] for each in error.errors(include_url=False, include_input=False)]
            kind = next((_KINDS[each] for each in types if each in _KINDS), "expected")
            raise PydanticCustomError(kind, "{what}", {"what": self.what, "help": self.help}) from None


@dataclass(frozen=True)
class Choice:
    """One of several words."""

    words: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        words = self.words

        def checked(value: object) -> object:
            if value not in words or not isinstance(value, str):
                raise PydanticCustomError("choice", "{words}", {"words": words})
            return value

        return core_schema.no_info_plain_validator_function(checked)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True)
class OrEmpty:
    """A mapping of things, which may be written with nothing after its key."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._or_empty, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(schema), {"type": "null"}]}

    @staticmethod
    def _or_empty(value: object) -> object:
        return {} if value is None else value


def or_none(shape: type[Shape]) -> Any:
    """A mapping of this shape, or the word `none`, which deletes what is there."""

    def written(value: object) -> str:
        return "⟨none⟩" if isinstance(value, str) else "⟨mapping⟩"

    absent = Annotated[Literal["none"], Choice(("none",)), Tag("⟨none⟩")]
    return Annotated[Annotated[shape, Tag("⟨mapping⟩")] | absent, Discriminator(written)]


PolicyTypeName = Annotated[str, Choice(tuple(BY_SHORT))]
Enablement = Annotated[Literal["enabled", "disabled"], Choice(("enabled", "disabled"))]
FeatureSet = Annotated[Literal["all", "consolidated_billing"], Choice(("all", "consolidated_billing"))]
BillingAccess = Annotated[Literal["allow", "deny"], Choice(("allow", "deny"))]
Verdict = Annotated[Literal["allowed", "denied", "conditional"], Choice(("allowed", "denied", "conditional"))]
TagsMode = Annotated[Literal["exact", "merge"], Choice(("exact", "merge"))]
Claim = Annotated[Literal["no-gain", "no-loss"], Choice(("no-gain", "no-loss"))]
DeclaredState = Annotated[Literal["active", "closed", "removed"], Choice(("active", "closed", "removed"))]

AccountId = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{12}$"),
    Expected("an account id (12 digits in quotes)", 'write 12 digits in quotes, like "111122223333"'),
]
OrganizationId = Annotated[
    str,
    StringConstraints(pattern=r"^o-[a-z0-9]{10,32}$"),
    Expected("an organization id, like `o-a1b2c3d4e5`", "it is shown by `aws organizations describe-organization`"),
]
ServicePrincipal = Annotated[
    str,
    StringConstraints(
        pattern=r"^[a-z0-9][a-z0-9.-]*\.(amazonaws\.com(\.cn)?|amazonaws\.eu|amazon\.com)$", max_length=128
    ),
    Expected(
        "the principal of a service, like `cloudtrail.amazonaws.com`", "write the service's name with `.amazonaws.com`"
    ),
]
Text = Annotated[str, Expected("text")]
TextOrNull = Annotated[str | None, Expected("text")]
Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=128),
    Expected("a name of 1 to 128 characters", "write a name of that length"),
]
_KEY = r"^[^\s@⟨⟩/\x00-\x1f\x7f]([^@⟨⟩/\x00-\x1f\x7f]{0,126}[^\s@⟨⟩/\x00-\x1f\x7f])?$"
Key = Annotated[
    str,
    StringConstraints(pattern=_KEY),
    Expected(
        "a key of 1 to 128 characters without `@` and `/`",
        "choose another key; the live name goes into `name:`",
    ),
]


def is_key(text: str) -> bool:
    """Whether the text can be the key of an account or a policy."""
    return re.fullmatch(_KEY, text) is not None


Description = Annotated[str, StringConstraints(max_length=512), Expected("at most 512 characters", "shorten it")]
InviteNotes = Annotated[str, StringConstraints(max_length=1024), Expected("at most 1,024 characters", "shorten it")]
RoleName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_+=,.@-]{1,64}$"),
    Expected("the name of a role: 1 to 64 letters, digits or `_+=,.@-`", "correct the name"),
]
Glob = Annotated[
    str, StringConstraints(min_length=1), Expected("a pattern, like `Legacy/**`", "write a pattern in quotes")
]
Switch = Annotated[bool, Expected("`true` or `false`", "write `true` or `false` without quotes")]
Count = Annotated[int, Field(ge=0), Expected("a whole number of 0 or more", "write a number such as 5")]
Positive = Annotated[int, Field(ge=1), Expected("a whole number of 1 or more", "write a number such as 5")]
Limit = Annotated[
    Annotated[int, Field(ge=0)] | Annotated[str, StringConstraints(pattern=r"^(100|[0-9]{1,2})%$")],
    Expected('a whole number or a percentage like "25%"', 'write a number such as 5, or a percentage such as "25%"'),
]
EmailPattern = Annotated[str, Expected("an e-mail address, with `{{ key }}` for the account's key")]
