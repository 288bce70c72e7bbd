"""Where the documentation is, and whether a terminal shows links to it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from reconciler.errors import UsageError

VARIABLE = "RECONCILER_DOCS_URL"
_LABEL = "Documentation"
_PROGRAMS = frozenset({"iTerm.app", "WezTerm", "vscode", "Hyper", "ghostty", "Tabby", "rio", "zed", "mintty"})
_TERMINALS = frozenset({"xterm-kitty", "xterm-ghostty", "alacritty", "foot", "foot-extra", "wezterm", "contour"})
_FIRST_VTE = 5000
"""The first version of VTE that shows links and does not crash on them: 0.50."""


def documentation_url() -> str | None:
    """The address of the documentation: `RECONCILER_DOCS_URL`, else the one of the distribution; `None` where neither
    has one. Raises `UsageError` for a variable that is no address."""
    given = os.environ.get(VARIABLE)
    if not given:
        return _of_the_distribution()
    from reconciler.render.links import is_base

    if not is_base(given):
        raise UsageError(
            f"{VARIABLE} is not the address of a site",
            help="write an http or https address, for example https://docs.example.com/reconciler",
        )
    return given


def _of_the_distribution() -> str | None:
    """The address that the distribution was built with (`[project.urls]`)."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        urls = metadata("org-reconciler").get_all("Project-URL") or []
    except PackageNotFoundError:
        return None
    pairs = (each.partition(",") for each in urls)
    return next((address.strip() for label, _, address in pairs if label == _LABEL), None)


def shows_links(environment: Mapping[str, str]) -> bool:
    """Whether the terminal is one of those known to show hyperlinks. `FORCE_HYPERLINK` decides where it is set."""
    forced = environment.get("FORCE_HYPERLINK")
    if forced is not None:
        return forced not in ("", "0")
    if environment.get("CI") or environment.get("TERM") == "dumb":
        return False
    vte = environment.get("VTE_VERSION", "")
    return (
        environment.get("TERM_PROGRAM") in _PROGRAMS
        or environment.get("TERM") in _TERMINALS
        or any(environment.get(name) for name in ("WT_SESSION", "KONSOLE_VERSION", "DOMTERM"))
        or (vte.isascii() and vte.isdecimal() and int(vte) >= _FIRST_VTE)
    )
