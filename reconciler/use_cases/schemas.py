"""The JSON Schemas of everything that is read or written by machines. Minor versions add fields, so that no schema
refuses one that it does not have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


class Described(NamedTuple):
    """A schema by its name, and whose JSON it describes."""

    name: str
    of: str


LISTED = (
    Described("spec", "org.yaml, and what it includes"),
    Described("plan", "plan, and the file of plan --save"),
    Described("drift", "drift"),
    Described("report", "apply"),
    Described("validate", "validate"),
    Described("code", "validate --explain"),
    Described("explain", "explain, each line of explain --requests, and both with --plan"),
    Described("request", "each line of the file of explain --requests"),
    Described("effective", "explain --type, also with --plan"),
    Described("access", "explain --who"),
    Described("impact", "impact, also with --assert, --events and --lookback"),
    Described("show", "show"),
    Described("policies", "show policies"),
    Described("snapshot", "snapshot"),
    Described("permissions", "permissions"),
    Described("lock", "unlock"),
    Described("error", "every command that fails before it has a result"),
    Described("schemas", "schema list"),
)
"""Every schema that there is."""


def listing() -> dict[str, Any]:
    """The schemas with what they describe."""
    return {"schemas": [each._asdict() for each in LISTED]}


def schema(what: str) -> dict[str, Any]:
    """The schema with a name of `LISTED`."""
    if what == "spec":
        from reconciler.spec import json_schema

        return json_schema()
    return {"$schema": _DRAFT, **_MADE[what]()}


def _plan() -> dict[str, Any]:
    from reconciler.model.plan import Plan

    found = _of(Plan)
    seal = {"title": "Seal", "type": "string", "description": "Over the whole file, so that an edited one is noticed."}
    return {**found, "properties": {**found["properties"], "seal": seal}}


def _report() -> dict[str, Any]:
    from reconciler.model.report import Report

    return _of(Report)


def _validate() -> dict[str, Any]:
    from reconciler.model.results import Findings

    return _of(_with_exit(Findings))


def _code() -> dict[str, Any]:
    from reconciler.model.diagnostic import Code

    return _of(Code)


def _explain() -> dict[str, Any]:
    from reconciler.model.decision import Decision
    from reconciler.use_cases.explain import ExplainedChange
    from reconciler.use_cases.online import ComparedExplanation

    return _of(ComparedExplanation | Decision | ExplainedChange)


def _request() -> dict[str, Any]:
    from reconciler.model.decision import Request

    return _of(Request, mode="validation")


def _effective() -> dict[str, Any]:
    from reconciler.model.effective import EffectiveChange, EffectivePolicy

    return _of(EffectivePolicy | EffectiveChange)


def _access() -> dict[str, Any]:
    from reconciler.model.access import AccountAccess

    return _of(AccountAccess)


def _impact() -> dict[str, Any]:
    from reconciler.model.impact import ClaimProof, Replay
    from reconciler.model.results import PlanImpact

    return _of(_with_exit(PlanImpact) | _with_exit(ClaimProof) | _with_exit(Replay))


def _inventory() -> dict[str, Any]:
    from reconciler.model.inventory import Inventory

    return _of(Inventory)


def _policies() -> dict[str, Any]:
    from reconciler.model.guardrail import Guardrails

    return _of(Guardrails)


def _permissions() -> dict[str, Any]:
    texts = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    elements = dict.fromkeys(("Action", "NotAction", "Resource", "NotResource"), texts)
    statement = {
        "type": "object",
        "properties": {
            "Sid": {"type": "string"},
            "Effect": {"enum": ["Allow", "Deny"]},
            **elements,
            "Condition": {"type": "object"},
        },
        "required": ["Effect"],
    }
    return {
        "title": "IamPolicy",
        "description": "An IAM policy document.",
        "type": "object",
        "properties": {"Version": {"const": "2012-10-17"}, "Statement": {"type": "array", "items": statement}},
        "required": ["Version", "Statement"],
    }


def _lock() -> dict[str, Any]:
    from reconciler.model.results import FreeLock, TakenLock

    return _of(_with_exit(TakenLock) | _with_exit(FreeLock))


def _error() -> dict[str, Any]:
    from reconciler.model.results import Failure

    return _of(_with_exit(Failure))


def _schemas() -> dict[str, Any]:
    text = {"type": "string"}
    entry = {"type": "object", "properties": {"name": text, "of": text}, "required": ["name", "of"]}
    schemas = {"type": "array", "items": entry}
    return {"title": "Schemas", "type": "object", "properties": {"schemas": schemas}, "required": ["schemas"]}


_MADE: dict[str, Callable[[], dict[str, Any]]] = {
    "plan": _plan,
    "drift": _plan,
    "report": _report,
    "validate": _validate,
    "code": _code,
    "explain": _explain,
    "request": _request,
    "effective": _effective,
    "access": _access,
    "impact": _impact,
    "show": _inventory,
    "policies": _policies,
    "snapshot": _inventory,
    "permissions": _permissions,
    "lock": _lock,
    "error": _error,
    "schemas": _schemas,
}


def _of(type: Any, mode: Any = "serialization") -> dict[str, Any]:
    """The schema of a type as it is written, or with `validation` as it is read."""
    from pydantic import TypeAdapter

    found: dict[str, Any] = TypeAdapter(type).json_schema(mode=mode)
    return found


def _with_exit(type: Any) -> Any:
    """The fields of a value with those that every result of a command has beside them."""
    from pydantic import create_model

    from reconciler.model.plan import FORMAT_VERSION, Exit

    return create_model(f"{type.__name__}Result", __base__=type, format_version=(str, FORMAT_VERSION), exit=(Exit, ...))
