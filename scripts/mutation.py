"""Mutation testing: change the code that decides about plans line by line, and count the changes that no test notices.

    python scripts/mutation.py              every part; takes hours
    python scripts/mutation.py guards needs these parts

Each part is a few modules with the tests that are written for them, in a copy of its own below `.mutation/`, so that a
part takes minutes. The tests of a part run in the copy: they must not read the source code or the repository's files.
A change that no test of the part notices is printed with its difference, and written to `.mutation/PART/survivors.txt`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parent.parent
COPIES = PROJECT / ".mutation"
ENGINE, ANALYSIS, KINDS = "tests/unit/planning", "tests/unit/policy", "tests/unit/kinds"
DEPENDENCIES = "tests/faults/test_dependencies.py"


class Part(NamedTuple):
    """Modules of `reconciler`, and the tests that have to notice a change in them."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


PARTS = {
    "depending": Part(
        ("planning/depending.py",), (DEPENDENCIES, f"{ENGINE}/test_large_plans.py", "tests/faults/test_room.py")
    ),
    "needs": Part(
        ("planning/needs.py",),
        (DEPENDENCIES, f"{ENGINE}/test_planner.py", f"{ENGINE}/test_replaced_children.py"),
    ),
    "guards": Part(("planning/guards.py",), (f"{ENGINE}/test_guards.py", f"{ENGINE}/test_guard_details.py")),
    "protection": Part(("planning/protection.py",), (f"{ENGINE}/test_protection.py", f"{ENGINE}/test_guards.py")),
    "accounts": Part(("planning/account_guards.py",), (f"{ENGINE}/test_account_guards.py", f"{ENGINE}/test_guards.py")),
    "preconditions": Part(
        ("planning/preconditions.py",), ("tests/e2e/test_preconditions.py", "tests/property/test_preconditions.py")
    ),
    "order": Part(
        ("planning/order.py", "planning/simulation.py", "planning/search.py", "planning/temporary_changes.py"),
        (ENGINE,),
    ),
    "resuming": Part(
        ("applying/remaining.py", "applying/states.py", "applying/reviewing.py"),
        ("tests/faults/test_resuming.py", "tests/property/test_resuming.py"),
    ),
    "kinds": Part(("kinds/*",), (KINDS, ENGINE, "tests/faults/test_overtaken.py")),
    "evaluate": Part(
        ("policy/evaluation/evaluate.py", "policy/language/context.py"), (f"{ANALYSIS}/test_evaluate.py",)
    ),
    "conditions": Part(
        ("policy/language/conditions.py", "policy/language/values.py"),
        (f"{ANALYSIS}/test_conditions.py", f"{ANALYSIS}/test_evaluate.py"),
    ),
    "patterns": Part(("policy/language/patterns.py",), (f"{ANALYSIS}/test_patterns.py",)),
    "proof": Part(
        tuple(
            f"policy/{name}.py"
            for name in (
                "impact/proof",
                "impact/domain",
                "evaluation/formula",
                "language/partition",
                "impact/satisfiability",
                "impact/example",
            )
        ),
        (f"{ANALYSIS}/test_proof.py", f"{ANALYSIS}/test_claims.py"),
    ),
}


def main() -> int:
    names = sys.argv[1:] or list(PARTS)
    if unknown := [name for name in names if name not in PARTS]:
        print(f"there is no part {', '.join(unknown)}; the parts are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    return max(run(name) for name in names)


def run(name: str) -> int:
    """Runs one part and prints its score; 1 where the tests themselves fail."""
    part, copy = PARTS[name], COPIES / name
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    for folder in ("reconciler", "tests"):
        shutil.copytree(PROJECT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "pyproject.toml").write_text((PROJECT / "pyproject.toml").read_text("utf-8") + configuration(part), "utf-8")
    children = os.environ.get("MUTATION_CHILDREN", "1")
    if mutmut(copy, "run", "--max-children", children).returncode:
        print(f"{name}: mutmut failed, see its output above", file=sys.stderr)
        return 1
    results = mutmut(copy, "results", "--all", "true", captured=True).stdout
    found = re.findall(r"^\s*(\S+): (.+)$", results, re.MULTILINE)
    survivors = [mutant for mutant, status in found if status in ("survived", "no tests")]
    differences = [mutmut(copy, "show", mutant, captured=True).stdout for mutant in survivors]
    (copy / "survivors.txt").write_text("\n".join(differences), "utf-8")
    print("\n".join(differences))
    counts: dict[str, Counter[str]] = {}
    for mutant, status in found:
        counts.setdefault(mutant.rpartition(".")[0], Counter())[status] += 1
    for module, count in sorted(counts.items()):
        print(f"{module}: {', '.join(f'{number} {status}' for status, number in count.most_common())}")
    return 0


def configuration(part: Part) -> str:
    """The section of mutmut for a part."""
    settings = {
        "source_paths": ["reconciler"],
        "only_mutate": [f"reconciler/{module}" for module in part.modules],
        "pytest_add_cli_args_test_selection": list(part.tests),
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    return "\n".join(
        ["", "[tool.mutmut]", "track_dependencies = false", "use_git_change_detection = false", *lines, ""]
    )


def mutmut(copy: Path, *arguments: str, captured: bool = False) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "mutmut"), *arguments]
    return subprocess.run(command, cwd=copy, text=True, capture_output=captured, check=False)


if __name__ == "__main__":
    sys.exit(main())
