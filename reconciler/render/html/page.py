"""How a page is made: a template, one style sheet inside it, and what the browser is allowed to do with both."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from reconciler.render.safe import safe


def page(template: str, values: dict[str, object]) -> str:
    """The page that the template makes. It includes `page.css`, and also sees `security_policy`, which lets a browser
    use that style sheet and nothing else."""
    style = files(__package__).joinpath("page.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return _environment().get_template(template).render(values, security_policy=policy)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader(__package__, "."),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _harmless(value: object) -> object:
    """A string as `render.safe` leaves it; what a macro made of such strings is markup already."""
    return safe(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
