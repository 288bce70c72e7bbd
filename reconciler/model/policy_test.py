"""A test of the policies, as the spec declares it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from reconciler.model.base import Frozen, Json, Source
from reconciler.model.diagnostic import Diagnostic


class PolicyTest(Frozen):
    """A request and the decision that the declared policies have to give. A context key that is not given is absent."""

    account: str
    action: str
    expect: Literal["allowed", "denied", "conditional"]
    name: str | None = None
    region: str | None = None
    principal: str | None = None
    resource: str | None = None
    resource_account: str | None = None
    context: dict[str, Json] = Field(default_factory=dict)
    source: Source


class PolicyTestOutcome(Frozen):
    """A policy test that was run; `failure` is the diagnostic of one that failed."""

    test: PolicyTest
    failure: Diagnostic | None = None
