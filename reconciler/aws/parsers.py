"""Reading answers strictly: botocore takes a body that is no JSON for an answer without members.

The parsers of a botocore session are a component that can be replaced, see `botocore.session.register_component`.
"""

from __future__ import annotations

import json
from typing import Any

from botocore import parsers

_FAULT = 500
"""The least HTTP status of a fault, whose body may be a page of HTML: the parsers of XML do not accept one, those of
JSON do."""


class StrictParsers(parsers.ResponseParserFactory):
    """Parsers that raise `ResponseParserError` for every body that is not an answer."""

    def create_parser(self, protocol_name: str) -> Any:
        return _StrictParser(super().create_parser(protocol_name))


class _StrictParser:
    def __init__(self, parser: Any) -> None:
        self._parser = parser

    def parse(self, response: Any, shape: Any) -> Any:
        body = response["body"]
        if isinstance(body, bytes) and response["status_code"] < 300:
            _check_length(body, response["headers"])
            if body and isinstance(self._parser, parsers.BaseJSONParser):
                _check_json(body)
        try:
            return self._parser.parse(response, shape)
        except parsers.ResponseParserError:
            if (status := response["status_code"]) < _FAULT:
                raise
            text = bytes(body).decode("utf-8", "replace")
            metadata = {"HTTPStatusCode": status, "HTTPHeaders": dict(response["headers"])}
            return {"Error": {"Code": str(status), "Message": text}, "ResponseMetadata": metadata}
        except Exception as error:  # botocore expects the types of its model, and checks nothing
            raise parsers.ResponseParserError(f"{type(error).__name__}: {error}") from error


def _check_length(body: bytes, headers: Any) -> None:
    length = headers.get("content-length")
    if length is not None and "content-encoding" not in headers and str(length).isdigit() and len(body) < int(length):
        raise parsers.ResponseParserError(f"the connection was cut after {len(body)} of {length} bytes")


def _check_json(body: bytes) -> None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise parsers.ResponseParserError(f"not JSON, it begins with {body[:40]!r}") from error
    if not isinstance(found, dict):
        raise parsers.ResponseParserError(f"not a JSON object, it begins with {body[:40]!r}")
