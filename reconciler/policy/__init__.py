"""Organization policies: their language, the evaluation of requests, the impact of changes, and lint.

Everything here is a pure function on frozen values; nothing is read but the catalogue of actions, and that only by
those functions that need it.
"""

from __future__ import annotations

from reconciler.model.diagnostic import Code
from reconciler.policy.lint.codes import CHECK_CODES, LINT_CODES
from reconciler.policy.lint.organization import FINDING_CODES

CODES: tuple[Code, ...] = tuple(sorted((*CHECK_CODES, *LINT_CODES, *FINDING_CODES), key=lambda each: each.code))
"""Every code of this package, sorted."""
