"""Results as one self-contained page: no script, no external file, and a policy that lets the browser load none.

Every value passes through `render.safe` and is escaped, independent of the template.
"""

from reconciler.render.html.policies_html import policies

__all__ = ["policies"]
