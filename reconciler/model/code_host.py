"""Where a repository is on a code host, and who may use it."""

from __future__ import annotations

from typing import NamedTuple


class Access(NamedTuple):
    """A repository: `api_url` as in `GITHUB_API_URL`, `name` as `OWNER/NAME`, and a `token` for it."""

    api_url: str
    name: str
    token: str
