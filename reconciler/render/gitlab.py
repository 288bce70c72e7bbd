"""The two reports that GitLab shows on a merge request.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
https://docs.gitlab.com/user/infrastructure/iac/mr_integration/
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from reconciler.model.diagnostic import Severity
from reconciler.model.plan import Plan
from reconciler.model.printable import dumps
from reconciler.render.actions import action
from reconciler.render.results import Result, fingerprints

_SEVERITIES: Mapping[Severity, str] = {"error": "critical", "warning": "minor", "info": "info"}


def code_quality(found: Sequence[Result]) -> str:
    """Results as a code quality report."""
    return dumps(
        [
            {
                "description": f"{each.message}. Help: {each.help}" if each.help else each.message,
                "check_name": each.rule,
                "fingerprint": hashlib.sha256(key.encode("utf-8", "replace")).hexdigest(),
                "severity": _SEVERITIES[each.severity],
                "location": {"path": each.place.file, "lines": {"begin": each.place.line}},
            }
            for each, key in zip(found, fingerprints(found), strict=True)
        ]
    )


def terraform_report(plan: Plan) -> str:
    """How many objects are created, changed and deleted, for the widget of a merge request. What is replaced is both
    deleted and created, as there."""
    counts: Counter[str] = Counter()
    for each in plan.changes:
        counts.update(("create", "delete") if each.action == "replace" else (_counted(each.action),))
    return dumps({name: counts[name] for name in ("create", "update", "delete")})


def _counted(name: str) -> str:
    return {"+": "create", "-": "delete"}.get(action(name).symbol, "update")
