"""Results as one self-contained page: no script, no external file, and a policy that lets the browser load none.

Everything that is filled in goes through `render.safe` and is escaped, whatever a template says about it.
"""

from reconciler.render.html.policies_html import policies

__all__ = ["policies"]
