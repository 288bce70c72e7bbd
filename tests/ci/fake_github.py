"""A GitHub REST API over HTTP on the loopback: the part that `reconciler ci` uses, with pages, permissions and faults.

Answers have the fields that the client reads. https://docs.github.com/en/rest
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "us/organization"
BOT = "github-actions[bot]"
TOKEN = "ghs_made-up"
Object = dict[str, Any]


@dataclass
class Fault:
    """What happens instead of an answer, once: `carried_out` requests have their effect all the same. A `status` of 0
    is a connection that is closed."""

    method: str
    path: str
    status: int
    message: str = "made up"
    headers: dict[str, str] = field(default_factory=dict)
    carried_out: bool = False

    def matches(self, method: str, path: str) -> bool:
        return self.method == method and re.fullmatch(self.path, path) is not None


class FakeGithub:
    """The state of one repository. `writes` are the requests that change something, `requests` all of them."""

    def __init__(self) -> None:
        self.url = ""
        self.page_size = 100
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, str]] = []
        self.writes: list[tuple[str, str, Object]] = []
        self.issues: dict[int, Object] = {}
        self.comments: dict[int, Object] = {}
        self.pulls: dict[int, Object] = {}
        self.runs: dict[int, Object] = {}
        self.artifacts: dict[int, list[Object]] = {}
        self.merged: dict[str, int] = {}
        self.workflows: set[str] = {"organization-plan.yml", "organization-allow.yml", "organization-drift.yml"}
        self.author = BOT
        self._ids = iter(range(1001, 10**6))

    def pull_request(self, number: int, head: str, *, repository: str = REPOSITORY, base: str = "main") -> Object:
        """Opens a pull request."""
        self.issues[number] = self._issue(number, "A change", "", [], pull_request={"url": self._at(f"pulls/{number}")})
        self.pulls[number] = {
            "url": self._at(f"pulls/{number}"),
            "number": number,
            "state": "open",
            "merged_at": None,
            "merge_commit_sha": None,
            "head": {"sha": head, "ref": f"change-{number}", "repo": {"full_name": repository}},
            "base": {"ref": base, "repo": {"full_name": REPOSITORY}},
        }
        return self.pulls[number]

    def merge(self, number: int, commit: str) -> None:
        update = {"state": "closed", "merged_at": "2026-11-26T12:00:00Z", "merge_commit_sha": commit}
        self.pulls[number].update(update)
        self.issues[number]["state"] = "closed"
        self.merged[commit] = number

    def run(self, workflow: str, artifacts: list[str], **values: Any) -> int:
        """Adds a run of a workflow, the newest."""
        id = next(self._ids)
        self.runs[id] = {
            "url": self._at(f"actions/runs/{id}"),
            "rerun_url": self._at(f"actions/runs/{id}/rerun"),
            "artifacts_url": self._at(f"actions/runs/{id}/artifacts"),
            "id": id,
            "path": f".github/workflows/{workflow}",
            "event": "pull_request",
            "status": "completed",
            "conclusion": "success",
            "head_branch": "change",
            "head_repository": {"full_name": REPOSITORY},
            **values,
        }
        self.artifacts[id] = [{"id": next(self._ids), "name": name, "expired": False} for name in artifacts]
        return id

    def add_comment(self, number: int, author: str, body: str) -> Object:
        id = next(self._ids)
        made = {"id": id, "issue": number, "body": body, "user": {"login": author, "type": "User"}}
        self.comments[id] = {**made, "url": self._at(f"issues/comments/{id}")}
        return self.comments[id]

    def bodies(self, number: int) -> list[str]:
        """The comments of an issue."""
        return [each["body"] for each in self.comments.values() if each["issue"] == number]

    def labels(self, number: int) -> set[str]:
        return {each["name"] for each in self.issues[number]["labels"]}

    def answer(self, method: str, path: str, query: dict[str, str], body: Object) -> tuple[int, Any]:
        """The status and JSON of a request for this repository, whose path is below it."""
        for verb, pattern, handler in self._routes():
            if verb == method and (match := re.fullmatch(pattern, path)):
                if method != "GET":
                    self.writes.append((method, path, body))
                return handler(query, body, *match.groups())
        return 404, {"message": "Not Found"}

    def _routes(self) -> list[tuple[str, str, Callable[..., tuple[int, Any]]]]:
        return [
            ("GET", "", lambda q, b: (200, {"full_name": REPOSITORY, "url": self._at("")})),
            ("GET", r"issues", self._list_issues),
            ("POST", r"issues", self._create_issue),
            ("GET", r"issues/(\d+)", lambda q, b, n: _found(self.issues, n)),
            ("PATCH", r"issues/(\d+)", lambda q, b, n: _edited(self.issues, n, b)),
            ("GET", r"issues/(\d+)/comments", self._list_comments),
            ("POST", r"issues/(\d+)/comments", lambda q, b, n: (201, self.add_comment(int(n), self.author, b["body"]))),
            ("PATCH", r"issues/comments/(\d+)", lambda q, b, n: _edited(self.comments, n, b)),
            ("DELETE", r"issues/comments/(\d+)", lambda q, b, n: (204, self.comments.pop(int(n)) and None)),
            ("GET", r"issues/(\d+)/labels", lambda q, b, n: (200, self.issues[int(n)]["labels"])),
            ("POST", r"issues/(\d+)/labels", self._add_labels),
            ("DELETE", r"issues/(\d+)/labels/(.+)", self._remove_label),
            ("GET", r"pulls", self._list_pulls),
            ("GET", r"pulls/(\d+)", lambda q, b, n: _found(self.pulls, n)),
            ("GET", r"commits/(\w+)", lambda q, b, sha: (200, {"sha": sha, "url": self._at(f"commits/{sha}")})),
            ("GET", r"commits/(\w+)/pulls", self._pulls_of),
            ("GET", r"actions/workflows/([\w.-]+)/runs", self._list_runs),
            ("POST", r"actions/workflows/([\w.-]+)/dispatches", self._dispatch),
            ("GET", r"actions/runs/(\d+)/artifacts", self._list_artifacts),
            ("POST", r"actions/runs/(\d+)/rerun", lambda q, b, n: (201, {})),
        ]

    def _at(self, path: str) -> str:
        return f"{self.url}/repos/{REPOSITORY}{path and '/'}{path}"

    def _issue(self, number: int, title: str, body: str, labels: list[str], **more: Any) -> Object:
        return {
            "url": self._at(f"issues/{number}"),
            "number": number,
            "title": title,
            "body": body,
            "state": "open",
            "labels": [{"name": each} for each in labels],
            "user": {"login": self.author, "type": "Bot"},
            **more,
        }

    def _list_issues(self, query: dict[str, str], body: Object) -> tuple[int, Any]:
        wanted = set(filter(None, query.get("labels", "").split(",")))
        state = query.get("state", "open")
        return 200, [
            each
            for number, each in sorted(self.issues.items(), reverse=True)
            if wanted <= self.labels(number) and state in ("all", each["state"])
        ]

    def _create_issue(self, query: dict[str, str], body: Object) -> tuple[int, Any]:
        number = max(self.issues, default=0) + 1
        self.issues[number] = self._issue(number, body["title"], body.get("body", ""), body.get("labels", []))
        return 201, self.issues[number]

    def _list_comments(self, query: dict[str, str], body: Object, number: str) -> tuple[int, Any]:
        return 200, [each for each in self.comments.values() if each["issue"] == int(number)]

    def _add_labels(self, query: dict[str, str], body: Any, number: str) -> tuple[int, Any]:
        there = self.issues[int(number)]["labels"]
        names = body["labels"] if isinstance(body, dict) else body
        there += [{"name": each} for each in names if each not in self.labels(int(number))]
        return 200, there

    def _remove_label(self, query: dict[str, str], body: Object, number: str, name: str) -> tuple[int, Any]:
        there = self.issues[int(number)]["labels"]
        kept = [each for each in there if each["name"] != name]
        if len(kept) == len(there):
            return 404, {"message": "Label does not exist"}
        self.issues[int(number)]["labels"] = kept
        return 200, kept

    def _list_pulls(self, query: dict[str, str], body: Object) -> tuple[int, Any]:
        state, base = query.get("state", "open"), query.get("base")
        return 200, [
            each
            for each in self.pulls.values()
            if state in ("all", each["state"]) and base in (None, each["base"]["ref"])
        ]

    def _pulls_of(self, query: dict[str, str], body: Object, commit: str) -> tuple[int, Any]:
        return 200, [self.pulls[self.merged[commit]]] if commit in self.merged else []

    def _list_runs(self, query: dict[str, str], body: Object, workflow: str) -> tuple[int, Any]:
        if workflow not in self.workflows:
            return 404, {"message": "Not Found"}

        def is_wanted(run: Object) -> bool:
            return run["path"].endswith(f"/{workflow}") and all(
                query[name] in (run.get(key), run.get("conclusion") if key == "status" else None)
                for name, key in (("event",) * 2, ("status",) * 2, ("head_sha",) * 2, ("branch", "head_branch"))
                if name in query
            )

        found = [each for _, each in sorted(self.runs.items(), reverse=True) if is_wanted(each)]
        return 200, {"total_count": len(found), "workflow_runs": found}

    def _list_artifacts(self, query: dict[str, str], body: Object, run: str) -> tuple[int, Any]:
        found = self.artifacts[int(run)]
        return 200, {"total_count": len(found), "artifacts": found}

    def _dispatch(self, query: dict[str, str], body: Object, workflow: str) -> tuple[int, Any]:
        return (204, None) if workflow in self.workflows else (404, {"message": "Not Found"})


def _found(objects: dict[int, Object], number: str) -> tuple[int, Any]:
    found = objects.get(int(number))
    return (200, found) if found is not None else (404, {"message": "Not Found"})


def _edited(objects: dict[int, Object], number: str, body: Object) -> tuple[int, Any]:
    status, found = _found(objects, number)
    if status == 200:
        if len(body.get("body", "")) > 65_536:
            return 422, {"message": "Validation Failed: body is too long (maximum is 65536 characters)"}
        found.update(body)
    return status, found


class _Handler(BaseHTTPRequestHandler):
    fake: FakeGithub

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        prefix = f"/repos/{REPOSITORY}"
        path = parts.path.removeprefix(prefix).lstrip("/").replace("%3A", ":")
        self.fake.requests.append((self.command, path))
        if self.headers.get("Authorization") != f"token {TOKEN}":
            self._send(401, {"message": "Bad credentials"}, {})
            return
        fault = next((each for each in self.fake.faults if each.matches(self.command, path)), None)
        if fault is None or fault.carried_out:
            known = parts.path.startswith(prefix)
            status, data = (
                self.fake.answer(self.command, path, query, body) if known else (404, {"message": "Not Found"})
            )
        if fault is not None:
            self.fake.faults.remove(fault)
            if fault.status == 0:
                self.connection.close()
                return
            self._send(fault.status, {"message": fault.message}, fault.headers)
            return
        data, headers = self._page(data, query, parts.path)
        self._send(status, data, headers)

    do_GET = do_POST = do_PATCH = do_DELETE = _handle  # noqa: N815  # the names of the standard library

    def _page(self, data: Any, query: dict[str, str], path: str) -> tuple[Any, dict[str, str]]:
        """One page of a list, with the link to the next one."""
        key = next((each for each in ("workflow_runs", "artifacts") if isinstance(data, dict) and each in data), None)
        found = data[key] if key else data
        if not isinstance(found, list):
            return data, {}
        size, page = min(int(query.get("per_page", 30)), self.fake.page_size), int(query.get("page", 1))
        shown, more = found[(page - 1) * size : page * size], len(found) > page * size
        more_query = "&".join(f"{name}={value}" for name, value in {**query, "page": str(page + 1)}.items())
        link = {"Link": f'<{self.fake.url}{path}?{more_query}>; rel="next"'} if more else {}
        return ({**data, key: shown} if key else shown), link

    def _send(self, status: int, data: Any, headers: dict[str, str]) -> None:
        text = b"" if data is None else json.dumps(data).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(text)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serving() -> Iterator[FakeGithub]:
    """A repository that is served while the block runs."""
    fake = FakeGithub()
    handler = type("Handler", (_Handler,), {"fake": fake})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        fake.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
