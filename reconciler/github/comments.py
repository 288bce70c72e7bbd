"""One comment of a pull request that is written once and edited from then on, and the labels beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal

from github import GithubException
from github.Issue import Issue
from github.IssueComment import IssueComment
from github.Repository import Repository

from reconciler.github.client import login_of, own_errors, uncertain

Written = Literal["created", "edited", "unchanged"]


def write_comment(repository: Repository, number: int, marker: str, author: str, body: str) -> Written:
    """Writes the comment of this author whose first line is `marker`, as the first line of `body` is; further ones,
    left over from lost answers, are deleted."""
    assert body.startswith(f"{marker}\n")
    with own_errors(f"write the comment on pull request {number}"):
        issue = repository.get_issue(number)
        found = [*_found(issue, marker, author)]
        for each in found[1:]:
            each.delete()
        if not found:
            return _create(issue, marker, author, body)
        first = found[0]
        if first.body.replace("\r\n", "\n").strip() == body.strip():
            return "unchanged"
        first.edit(body)
        return "edited"


def _create(issue: Issue, marker: str, author: str, body: str) -> Written:
    try:
        issue.create_comment(body)
    except (GithubException, OSError) as error:
        if not uncertain(error):
            raise
        if not any(_found(issue, marker, author)):
            issue.create_comment(body)
    return "created"


def _found(issue: Issue, marker: str, author: str) -> Iterator[IssueComment]:
    for each in issue.get_comments():
        first_line = (each.body or "").partition("\n")[0].strip()
        if login_of(each.user) == author and first_line == marker:
            yield each


def set_labels(repository: Repository, number: int, wanted: Collection[str], ours: Collection[str]) -> None:
    """Gives the pull request the labels in `wanted`, and takes from it the others in `ours`; all else stays."""
    with own_errors(f"label pull request {number}"):
        issue = repository.get_issue(number)
        there = {each.name for each in issue.get_labels()}
        if missing := sorted(set(wanted) - there):
            issue.add_to_labels(*missing)
        for name in sorted(there & set(ours) - set(wanted)):
            try:
                issue.remove_from_labels(name)
            except GithubException as error:
                if error.status != 404:  # else somebody else removed it first
                    raise
