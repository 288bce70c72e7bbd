"""Everything as text for a terminal, a log or a file: one function for each kind of result.

`width` and `color` are always given, so the same value gives the same bytes; no line is wider than `width` cells, and
without `unicode` the output is plain ASCII.
"""

from reconciler.render.text.access_text import access
from reconciler.render.text.claims_text import proof, replay
from reconciler.render.text.diagnostics_text import diagnostics
from reconciler.render.text.drift_text import drift
from reconciler.render.text.effective_text import effective
from reconciler.render.text.explanation_text import explanation
from reconciler.render.text.impact_text import impact
from reconciler.render.text.organization_text import table, tree
from reconciler.render.text.plan_text import plan
from reconciler.render.text.report_text import report

__all__ = [
    "access",
    "diagnostics",
    "drift",
    "effective",
    "explanation",
    "impact",
    "plan",
    "proof",
    "replay",
    "report",
    "table",
    "tree",
]
