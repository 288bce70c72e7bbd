"""Results as GitHub-flavoured Markdown, for a comment on a pull request and a job summary.

The first line is a hidden marker by which a comment is found again. A result is never longer than its `limit`: it is
shortened and marked `truncated=true`, which is no basis for an approval.
"""

from reconciler.render.markdown.access_markdown import access
from reconciler.render.markdown.claims_markdown import proof, replay
from reconciler.render.markdown.comment_markdown import comment, drift_issue
from reconciler.render.markdown.diagnostics_markdown import diagnostics
from reconciler.render.markdown.drift_markdown import drift
from reconciler.render.markdown.effective_markdown import effective
from reconciler.render.markdown.explanation_markdown import explanation
from reconciler.render.markdown.impact_markdown import impact
from reconciler.render.markdown.plan_markdown import plan
from reconciler.render.markdown.report_markdown import report

__all__ = [
    "access",
    "comment",
    "diagnostics",
    "drift",
    "drift_issue",
    "effective",
    "explanation",
    "impact",
    "plan",
    "proof",
    "replay",
    "report",
]
