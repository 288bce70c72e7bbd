"""Measures what a plan of access costs: calls and CPU time, for 1,000 accounts, 20 permission sets and 60 groups.

python scripts/bench_access.py

The organization is made up and answers in process, so that what is measured is reconciler. Calls are exact and the same
everywhere, seconds depend on the machine. docs/performance.md has a run of it.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from math import ceil
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from reconciler.aws.layers import Checked, Counting, ReadOnly  # noqa: E402  # after the path
from reconciler.aws.retrying import SystemClock  # noqa: E402
from reconciler.planning.planner import PlanRequest  # noqa: E402
from reconciler.spec import load  # noqa: E402
from reconciler.use_cases.connection import Connection  # noqa: E402
from reconciler.use_cases.plan import make_plan  # noqa: E402
from tests.access import LargeOrganization  # noqa: E402

ACCOUNTS, SETS, GROUPS = 1_000, 20, 60


def formula(command: str) -> int:
    """Calls of IAM Identity Center: the instance, the sets with their parts and accounts, and the assignments."""
    members = ACCOUNTS - 1
    sets = ceil(SETS / 100) + 7 * SETS + SETS * ceil(members / 100)
    return 1 + sets + (GROUPS * ceil(members / 100) if command == "plan" else SETS * members)


def measured(command: Literal["plan", "drift"]) -> tuple[Counter[str], float]:
    organization = LargeOrganization(ACCOUNTS, SETS, GROUPS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "org.yaml"
        text = "\n".join(organization.spec()).replace("identity_center:", "identity_center:\n  region: eu-west-1")
        path.write_text(text.replace("to: ['ou:/**']", "to: ['ou:/**'], except: ['account:management']"), "utf-8")
        counting = Counting(organization)
        connection = Connection(ReadOnly(Checked(counting)), None, counting, SystemClock())
        began = time.process_time()
        changes = make_plan(load(path), connection, PlanRequest(command)).plan.changes
        assert changes == ()
        return counting.calls, time.process_time() - began


def main() -> None:
    print(f"{ACCOUNTS:,} accounts, {SETS} permission sets, {GROUPS} groups, {GROUPS * (ACCOUNTS - 1):,} assignments")
    commands: tuple[Literal["plan", "drift"], ...] = ("plan", "drift")
    for command in commands:
        calls, seconds = measured(command)
        sso = sum(number for name, number in calls.items() if name.startswith("sso:"))
        print(
            f"{command:<6} {sso:>6,} calls of IAM Identity Center (formula {formula(command):,}; "
            f"{sso / 20:,.0f} s at 20 a second), {calls.total() - sso} others, {seconds:.1f} s of CPU time"
        )


if __name__ == "__main__":
    main()
