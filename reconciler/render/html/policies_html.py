"""The guardrails of an organization as a page that an error message can link to."""

from __future__ import annotations

from reconciler.model.guardrail import Guardrails
from reconciler.render import guardrails
from reconciler.render.html.page import page
from reconciler.render.words import policy_label


def policies(found: Guardrails) -> str:
    """Every policy with its purpose, its statements in words, who is exempt, and whom it reaches. It is linked to as
    `#KEY`, and as `#p-…` where its id is known."""
    return page("policies.html.j2", {"found": found, "guardrails": guardrails, "label": policy_label})
