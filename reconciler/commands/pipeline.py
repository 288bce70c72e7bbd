"""What a GitHub runner tells a step, and where it reads results.

https://docs.github.com/en/actions/reference/workflows-and-actions/variables
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import UsageError
from reconciler.model.code_host import Access

if TYPE_CHECKING:
    from reconciler.render.markdown.comment_markdown import Place


def access() -> Access:
    """The repository of this run, and the token. Raises `UsageError` where a variable is missing."""
    token = os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN")
    if not token:
        raise UsageError("there is no token for GitHub", help="set GITHUB_TOKEN: ${{ github.token }}")
    return Access(os.environ.get("GITHUB_API_URL") or "https://api.github.com", _variable("GITHUB_REPOSITORY"), token)


def place(label: str, commit: str = "") -> Place:
    """Where this run's results belong."""
    from reconciler.render.markdown.comment_markdown import Place

    server, repository = os.environ.get("GITHUB_SERVER_URL"), os.environ.get("GITHUB_REPOSITORY")
    run = os.environ.get("GITHUB_RUN_ID")
    url = f"{server}/{repository}/actions/runs/{run}" if server and repository and run else ""
    return Place(label, commit, url)


def summary(text: str) -> bool:
    """Adds a text to the job summary; False where there is none."""
    return _appended("GITHUB_STEP_SUMMARY", text)


def outputs(values: Mapping[str, int | None]) -> None:
    """Sets outputs of the step; `None` is empty."""
    _appended("GITHUB_OUTPUT", "".join(f"{name}={'' if value is None else value}\n" for name, value in values.items()))


def top_folder() -> str:
    """The working directory, from the top of the repository; empty where it is the top, or outside of it."""
    top = os.environ.get("GITHUB_WORKSPACE")
    if not top:
        return ""
    here, above = Path.cwd().resolve(), Path(top).resolve()
    return here.relative_to(above).as_posix().removeprefix(".") if here.is_relative_to(above) else ""


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise UsageError(f"{name} is not set", help="run it in a workflow of GitHub, or set the variable")
    return value


def _appended(variable: str, text: str) -> bool:
    path = os.environ.get(variable)
    if not path:
        return False
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(text if text.endswith("\n") else f"{text}\n")
    return True
