"""Plans and snapshots on disk, refused where they were modified."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from reconciler.errors import PlanRefused, ReconcilerError
from reconciler.file_io import read_json, write_text
from reconciler.kinds import KINDS
from reconciler.model.consistency import contradictions
from reconciler.model.inventory import Inventory
from reconciler.model.plan import FORMAT_VERSION, Plan
from reconciler.render.json import dumps

_CLASSES = tuple(kind.resource for kind in KINDS)
_MADE_BY = {
    "plan": "make one with `reconciler plan --save FILE`",
    "snapshot": "make one with `reconciler snapshot --out FILE`",
}


def load_snapshot(path: Path) -> Inventory:
    """The organization in a snapshot file. Raises `ReconcilerError` where it is none."""
    data = _json_file(path, "snapshot")
    version = str(data.get("format_version", "1.0"))
    try:
        if version.partition(".")[0] != "1":
            raise ValueError(f"it has the format {version}, this version reads 1")
        found = Inventory.load(data, _CLASSES)
        if wrong := next(contradictions(found, whole=True), None):
            raise ValueError(wrong)
    except ValueError as error:
        raise _no_such(str(path), "snapshot", error) from error
    return found


def snapshot_text(live: Inventory) -> str:
    """An organization as a snapshot file holds it."""
    return dumps(live, exclude_none=True)


def save_plan(plan: Plan, path: Path) -> None:
    """Writes the plan for `apply`."""
    write_text(path, plan_text(plan))


def plan_text(plan: Plan) -> str:
    """The plan as JSON, with a seal over all of it so that an edited file is noticed."""
    return dumps(plan, seal=_seal(plan.model_dump(mode="json")))


def load_plan(path: Path) -> Plan:
    """A saved plan. Raises `PlanRefused` for one that was modified or is of another format."""
    return _plan(_json_file(path, "plan"), str(path))


def parse_plan(text: bytes, name: str) -> Plan:
    """The plan in a text that was read from `name`; raises as `load_plan`."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PlanRefused(f"{name} is not a plan: {reason_of(error)}") from error
    if not isinstance(data, dict):
        raise PlanRefused(f"{name} is not a plan: expected a JSON object")
    return _plan(data, name)


def _plan(data: dict[str, Any], name: str) -> Plan:
    version = str(data.get("format_version", "none"))
    if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        raise PlanRefused(
            f"{name} has the plan format {version}, this version reads {FORMAT_VERSION}", help="make the plan again"
        )
    if "assumptions" in data:
        raise PlanRefused(f"{name} was made by an earlier version", help="make the plan again")
    seal = data.pop("seal", None)
    try:
        plan = Plan.load(data, _CLASSES)
    except ValueError as error:
        raise _no_such(name, "plan", error) from error
    if seal != _seal(data) or plan.digest != data.get("digest"):
        raise PlanRefused(f"{name} was modified after it was made", help="make the plan again and have it reviewed")
    return plan


def _seal(data: dict[str, Any]) -> str:
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _json_file(path: Path, what: str) -> dict[str, Any]:
    try:
        data = read_json(path)
    except OSError as error:
        raise ReconcilerError(f"the {what} {path} cannot be read: {error.strerror}", help=_MADE_BY[what]) from error
    except (ValueError, RecursionError) as error:
        raise _no_such(str(path), what, error) from error
    if not isinstance(data, dict):
        raise _no_such(str(path), what, "expected a JSON object")
    return data


def _no_such(name: str, what: str, why: object) -> ReconcilerError:
    return (PlanRefused if what == "plan" else ReconcilerError)(
        f"{name} is not a {what}: {reason_of(why)}", help=_MADE_BY[what]
    )


def reason_of(error: object) -> object:
    """Why a file cannot be used, as the system or a parser reports it, without the number and path of an `OSError`."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return (isinstance(error, OSError) and error.strerror) or error
