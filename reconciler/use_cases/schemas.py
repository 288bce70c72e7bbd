"""The JSON Schemas of everything that is read or written by machines."""

from __future__ import annotations

from typing import Any


def schema(what: str) -> dict[str, Any]:
    """The schema of `spec`, `plan`, `drift`, `report`, `snapshot`, `effective` or `access`."""
    if what == "spec":
        from reconciler.spec import json_schema

        return json_schema()
    from reconciler.model.access import AccountAccess
    from reconciler.model.base import Frozen
    from reconciler.model.effective import EffectivePolicy
    from reconciler.model.inventory import Inventory
    from reconciler.model.plan import Plan
    from reconciler.model.report import Report

    models: dict[str, type[Frozen]] = {
        "plan": Plan,
        "drift": Plan,
        "report": Report,
        "snapshot": Inventory,
        "effective": EffectivePolicy,
        "access": AccountAccess,
    }
    found = models[what].model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}
