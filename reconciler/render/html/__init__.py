"""Results as one self-contained page: no external file, and a policy that lets the browser load none.

Every value passes through `render.safe` and is escaped, independent of the template.
"""

from reconciler.render.html.policies_html import policies
from reconciler.render.html.report_html import drift, organization, plan

__all__ = ["drift", "organization", "plan", "policies"]
