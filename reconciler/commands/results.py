"""Results for code hosts: SARIF, annotations, GitLab's code quality report, with the repository as their root."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.commands.formats import Output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.render.results import Result, Root

RESULT_FORMATS: frozenset[Output] = frozenset({"github", "sarif", "gitlab-codequality"})
"""The formats that are a flat list of results."""


def root_here() -> Root:
    """The repository that the working directory is in; the working directory itself where it is in none."""
    from reconciler.render.results import Root

    working = Path.cwd()
    repository = next((each for each in (working, *working.parents) if (each / ".git").exists()), working)
    return Root(repository, working)


def written(format: Output, found: Sequence[Result], failed: str | None = None) -> str:
    """Results in one of `RESULT_FORMATS`. `failed` is why the run has no complete result."""
    from reconciler.render.results import as_annotations, rules_of
    from reconciler.use_cases.validate import known_codes

    rules = rules_of(found, known_codes())
    if format == "sarif":
        from reconciler.render.sarif import sarif

        return sarif(found, rules, version=version("org-reconciler"), failed=failed)
    if format == "github":
        from reconciler.render.annotations import Annotation, workflow_commands

        failure = [Annotation("error", failed)] if failed is not None else []
        return workflow_commands([*failure, *as_annotations(found, rules)])
    from reconciler.render.gitlab import code_quality

    return code_quality(found)
