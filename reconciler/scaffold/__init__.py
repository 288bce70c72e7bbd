"""What `reconciler init` writes: a starter spec, three guardrails, and what plans, applies and watches in a pipeline.

`files()` is pure: it reads only this package and touches nothing. The caller decides where the files go, adds the JSON
Schema of the running version, and never overwrites what is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files as _package_files
from typing import Literal, get_args

CiSystem = Literal["github", "gitlab", "azure", "jenkins", "bitbucket"]
CI_SYSTEMS: tuple[CiSystem, ...] = get_args(CiSystem)

_STARTER = {
    "org.yaml": "org.yaml",
    "policies/deny-leaving-organization.json": "policies/deny-leaving-organization.json",
    "policies/deny-root-user.json": "policies/deny-root-user.json",
    "policies/deny-regions.json.j2": "policies/deny-regions.json.j2",
    ".gitignore": "gitignore",
}
_INSTALL = {
    "ci/reconciler/install.sh": "install/install.sh",
    "ci/reconciler/requirements.txt": "install/requirements.txt",
}
_PIPELINES: Mapping[CiSystem, Mapping[str, str]] = {
    "github": {
        ".github/actions/install-reconciler/action.yml": "install/action.yml",
        ".github/actions/install-reconciler/requirements.txt": "install/requirements.txt",
        ".github/workflows/organization-plan.yml": "workflows/organization-plan.yml",
        ".github/workflows/organization-allow.yml": "workflows/organization-allow.yml",
        ".github/workflows/organization-apply.yml": "workflows/organization-apply.yml",
        ".github/workflows/organization-drift.yml": "workflows/organization-drift.yml",
    },
    "gitlab": {**_INSTALL, ".gitlab-ci.yml": "ci/gitlab-ci.yml"},
    "azure": {**_INSTALL, "azure-pipelines.yml": "ci/azure-pipelines.yml"},
    "jenkins": {**_INSTALL, "Jenkinsfile": "ci/Jenkinsfile"},
    "bitbucket": {**_INSTALL, "bitbucket-pipelines.yml": "ci/bitbucket-pipelines.yml"},
}


def files(ci: CiSystem = "github") -> dict[str, str]:
    """Text by path (with `/`, relative to the directory that is initialised), in the order in which to write them."""
    stored = _package_files(__name__) / "files"
    names = {**_STARTER, **_PIPELINES[ci]}
    return {path: stored.joinpath(*name.split("/")).read_text("utf-8") for path, name in names.items()}
