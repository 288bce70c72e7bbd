"""What `reconciler init` writes: a starter spec, three guardrails, and the GitHub workflows that plan, apply and watch.

`files()` is pure: it reads only this package and touches nothing. The caller decides where the files go, adds the JSON
Schema of the running version, and never overwrites what is there.
"""

from __future__ import annotations

from importlib.resources import files as _package_files

_STORED_AS = {
    "org.yaml": "org.yaml",
    "policies/deny-leaving-organization.json": "policies/deny-leaving-organization.json",
    "policies/deny-root-user.json": "policies/deny-root-user.json",
    "policies/deny-regions.json.j2": "policies/deny-regions.json.j2",
    ".gitignore": "gitignore",
    ".github/actions/install-reconciler/action.yml": "install/action.yml",
    ".github/actions/install-reconciler/requirements.txt": "install/requirements.txt",
    ".github/workflows/organization-plan.yml": "workflows/organization-plan.yml",
    ".github/workflows/organization-allow.yml": "workflows/organization-allow.yml",
    ".github/workflows/organization-apply.yml": "workflows/organization-apply.yml",
    ".github/workflows/organization-drift.yml": "workflows/organization-drift.yml",
}


def files() -> dict[str, str]:
    """Text by path (with `/`, relative to the directory that is initialised), in the order in which to write them."""
    stored = _package_files(__name__) / "files"
    return {path: stored.joinpath(*name.split("/")).read_text("utf-8") for path, name in _STORED_AS.items()}
