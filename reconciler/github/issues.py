"""One issue that is opened, updated, closed and opened again, found by its label, its hidden first line and its
author."""

from __future__ import annotations

from typing import Literal

from github import GithubException
from github.Issue import Issue
from github.Repository import Repository

from reconciler.github.client import login_of, own_errors, uncertain

Outcome = Literal["opened", "reopened", "updated", "unchanged", "closed", "none"]


class OneIssue:
    """The issue with this label and marker by this author in a repository."""

    def __init__(self, repository: Repository, label: str, marker: str, author: str) -> None:
        self._repository = repository
        self._label = label
        self._marker = marker
        self._author = author

    def open(self, title: str, body: str, remark: str) -> Outcome:
        """Makes the issue open with this body, which begins with the marker. A closed one is opened again. `remark` is
        added as a comment where an issue that was there has become another one."""
        with own_errors("write the issue"):
            found = self._all()
            issue = next((each for each in found if each.state == "open"), found[-1] if found else None)
            self._close_others(found, issue)
            if issue is None:
                return self._create(title, body)
            reopened = issue.state != "open"
            if not reopened and (issue.body or "").replace("\r\n", "\n").strip() == body.strip():
                return "unchanged"
            issue.edit(body=body, state="open")
            issue.create_comment(remark)
            return "reopened" if reopened else "updated"

    def close(self, remark: str) -> Outcome:
        """Closes every open one with a comment."""
        with own_errors("close the issue"):
            found = [each for each in self._all() if each.state == "open"]
            for each in found:
                each.create_comment(remark)
                each.edit(state="closed", state_reason="completed")
            return "closed" if found else "none"

    def _create(self, title: str, body: str) -> Outcome:
        try:
            self._repository.create_issue(title, body, labels=[self._label])
        except (GithubException, OSError) as error:
            if not uncertain(error):
                raise
            if not self._all():
                self._repository.create_issue(title, body, labels=[self._label])
        return "opened"

    def _all(self) -> list[Issue]:
        """Those that there are, the oldest first."""
        found = self._repository.get_issues(state="all", labels=[self._label])
        return sorted((each for each in found if self._is_ours(each)), key=lambda each: each.number)

    def _is_ours(self, issue: Issue) -> bool:
        first_line = (issue.body or "").partition("\n")[0].strip()
        return issue.pull_request is None and login_of(issue.user) == self._author and first_line == self._marker

    def _close_others(self, found: list[Issue], kept: Issue | None) -> None:
        for each in found:
            if each.state == "open" and kept is not None and each.number != kept.number:
                each.create_comment(f"#{kept.number} has this.")
                each.edit(state="closed", state_reason="not_planned")
