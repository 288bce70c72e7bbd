"""The IAM actions that a recorded call needs, from its event source and name.

An event is understood where its name is that of an action of its service, or `event_names` has its actions. The
actions of all others are not guessed: a replay counts them as not understood.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from reconciler.policy.impact.event_names import NEEDS, OF_A_VERSION, PREFIXES, Needs, api_gateway
from reconciler.policy.language.catalogue import Catalogue

_API_VERSION = re.compile(r"(20\d{6}(v\d+)?|20\d\d_\d\d_\d\d)$")
_SPELLING = re.compile(r"[-.]")


class Needed(NamedTuple):
    """One action that a call needs: `certain` where every call of this name does. `of_source` is set for the action
    that reads the source of a copy."""

    action: str
    certain: bool = True
    of_source: bool = False


class EventActions:
    """What events need, by the actions of one catalogue; each name is looked up once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._by_spelling: dict[str, str] = {}
        for prefix in catalogue.services:
            self._by_spelling.setdefault(_SPELLING.sub("", prefix), prefix)
        self._needs = functools.cache(self._look_up)

    def needed(self, source: str, name: str, parameters: Mapping[str, Any]) -> tuple[Needed, ...] | None:
        """The actions that the call needs; `None` where the event is not understood. `source` is the record's
        `eventSource`, `parameters` are its `requestParameters`."""
        needs = self._needs(source, name)
        if needs is None:
            return None
        version = bool(parameters.get("versionId"))
        of_version = _source_of_copy(parameters)[1]
        certain = [
            *(Needed(_versioned(action, version)) for action in needs.every),
            *(Needed(_versioned(action, of_version), of_source=True) for action in needs.read),
        ]
        some = {action: _is_requested(action, parameters) for action in needs.some}
        certain += [Needed(action) for action, requested in some.items() if requested]
        return (
            *certain,
            *(Needed(action, certain=False) for action, requested in some.items() if requested is None),
        )

    def similarly_named_action(self, source: str, name: str) -> str | None:
        """The action of an event that is not understood, if it is called like the event; `None` where the service is
        not known either."""
        prefixes = self._prefixes(source)
        return f"{prefixes[0]}:{_API_VERSION.sub('', name)}" if prefixes and name else None

    def _look_up(self, source: str, name: str) -> Needs | None:
        prefixes = self._prefixes(source)
        for each in dict.fromkeys((name, _API_VERSION.sub("", name))):
            for prefix in prefixes:
                if (listed := NEEDS.get(f"{prefix}:{each}".lower())) is not None:
                    return listed
            actions = [found for prefix in prefixes if (found := self._catalogue.listed_name(f"{prefix}:{each}"))]
            if len(actions) == 1:
                return Needs((actions[0],))
            if actions:
                return Needs((), tuple(actions))
            if "apigateway" in prefixes and (found_method := api_gateway(each)) is not None:
                return found_method
        return None

    def _prefixes(self, source: str) -> tuple[str, ...]:
        service = source.lower().removesuffix(".amazonaws.com").removesuffix(".amazonaws.com.cn")
        if service in PREFIXES:
            return PREFIXES[service]
        if service in self._catalogue.services:
            return (service,)
        alike = self._by_spelling.get(_SPELLING.sub("", service))
        return (alike,) if alike else ()


def _versioned(action: str, version: bool) -> str:
    return OF_A_VERSION.get(action, action) if version else action


def _is_requested(action: str, parameters: Mapping[str, Any]) -> bool | None:
    """Whether the headers of a call to S3, which its record has among the parameters, need an action that not every
    such call needs; `None` where the record does not have them."""
    if not parameters:
        return None
    if action == "s3:PutObjectAcl":
        return any(each == "x-amz-acl" or each.startswith("x-amz-grant-") for each in map(str.lower, parameters))
    if action == "s3:PutObjectTagging":
        given = {each.lower() for each in parameters}
        return True if "x-amz-tagging" in given else None if "x-amz-copy-source" in given else False
    return None


def source_of_copy(parameters: Mapping[str, Any]) -> str | None:
    """`bucket/key` of the object that a call to S3 copies; `None` where the record does not have it."""
    return _source_of_copy(parameters)[0]


def _source_of_copy(parameters: Mapping[str, Any]) -> tuple[str | None, bool]:
    """The source, and whether one of its versions is named."""
    written = parameters.get("x-amz-copy-source")
    if not isinstance(written, str):
        return None, False
    place, _, query = written.partition("?")
    return unquote(place).removeprefix("/"), query.startswith("versionId=")
