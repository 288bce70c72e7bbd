"""The mocked organization behind an endpoint, for the program's own HTTP client."""

from __future__ import annotations

import json
import threading
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from reconciler.errors import ServiceError
from reconciler.mock import MockOrganization
from reconciler.mock.other_services import account
from reconciler.model.api import REGION

PREFIXES = {
    "AWSOrganizationsV20161128": "",
    "ResourceGroupsTaggingAPI_20170126": "tagging:",
    "ServiceQuotasV20190624": "servicequotas:",
    "AWS242ServiceCatalogService": "servicecatalog:",
    "SWBExternalService": "sso:",
    "AWSIdentityStore": "identitystore:",
    "AWSInsightsIndexService": "ce:",
    "AWSBudgetServiceGateway": "budgets:",
}
"""The prefix of operations, by the target of the JSON protocol."""
REST = {f"/{name[0].lower()}{name[1:]}": f"account:{name}" for name in account.SERVICE.operations} | {
    "/enablesharingwithawsorganization": "ram:EnableSharingWithAwsOrganization"
}
"""The operations of the REST protocol, by their paths."""
QUERY = {"2010-05-08": "iam", "2010-05-15": "cloudformation", "2011-06-15": "sts"}
"""The services of the query protocol, by the version in a request."""


class Served:
    """Serves an organization on the loopback interface, at `url`, until it is closed."""

    def __init__(self, organization: MockOrganization) -> None:
        self.organization = organization
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(served: Served) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            target, _, name = self.headers.get("X-Amz-Target", "").partition(".")
            if self.path in REST:
                self._call(REST[self.path], body, {})
                return
            if self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
                self._query(dict(parse_qsl(body.decode())))
                return
            if target not in PREFIXES:
                self._answer(501, {"__type": "NotImplemented", "Message": "There is no such service."})
                return
            self._call(PREFIXES[target] + name, body, {REGION: self._region()})

        def _region(self) -> str:
            """The Region for which the request is signed."""
            return self.headers["Authorization"].split("/")[2]

        def _call(self, operation: str, body: bytes, more: dict[str, str]) -> None:
            try:
                self._answer(200, served.organization.call(operation, {**json.loads(body), **more}))
            except ServiceError as error:
                text = {"__type": error.code, "Message": error.message, "Reason": error.detail}
                self._answer(error.status or 400, text)

        def _query(self, params: dict[str, str]) -> None:
            name, service = params.pop("Action"), QUERY[params.pop("Version")]
            try:
                answer = served.organization.call(f"{service}:{name}", params)
            except ServiceError as error:
                detail = f"<Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
                self._send(error.status or 400, f"<ErrorResponse><Error>{detail}</Error></ErrorResponse>".encode())
                return
            result = "".join(_xml(*each) for each in answer.items())
            self._send(200, f"<{name}Response><{name}Result>{result}</{name}Result></{name}Response>".encode())

        def _answer(self, status: int, value: dict[str, Any]) -> None:
            self._send(status, json.dumps(value, default=_seconds).encode())

        def _send(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is logged."""

    return Handler


def _xml(name: str, value: str | list[str]) -> str:
    text = "".join(_xml("member", each) for each in value) if isinstance(value, list) else escape(value)
    return f"<{name}>{text}</{name}>"


def _seconds(value: object) -> float:
    assert isinstance(value, datetime)
    return value.timestamp()
