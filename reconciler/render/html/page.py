"""How a page is made: a template, a style sheet and a script inside it, and what the browser may do with them."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reconciler.render.safe import safe


def page(template: str, values: dict[str, object], style: str = "page.css", scripts: tuple[str, ...] = ()) -> str:
    """The page that the template makes. It sees the text of the `style` sheet, that of the `scripts`, joined, and
    `security_policy`, which lets a browser use these two and nothing else."""
    sheet, script = _text(style), "".join(map(_text, scripts))
    allowed = [f"style-src {_hash(sheet)}", *([f"script-src {_hash(script)}", "img-src data:"] if script else [])]
    policy = "; ".join(["default-src 'none'", *allowed, "base-uri 'none'", "form-action 'none'"])
    return (
        _environment()
        .get_template(template)
        .render(values, security_policy=policy, style=Markup(sheet), script=Markup(script))  # noqa: S704  # own files
    )


@cache
def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    """The source of a content security policy that stands for this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


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
