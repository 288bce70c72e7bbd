"""Whether a text has the shape that a condition operator compares, and which parts look like unfilled placeholders."""

from __future__ import annotations

import base64
import binascii
import math
import re
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_network

from reconciler.policy.language.statements import ValueShape

Network = IPv4Network | IPv6Network

_PLACEHOLDER = re.compile(
    r"""
      \$\{ [A-Za-z][A-Za-z0-9_.-]* \}          # ${PARTITION}; policy variables have a colon
    | \$\{ [A-Za-z][A-Za-z0-9_]* :: [^}]* \}   # ${AWS::Region}
    | ^ ! (?:Ref|Sub|GetAtt|Join|Select|ImportValue|FindInMap) \b .*  # !Ref Bucket
    | % [A-Za-z_][A-Za-z0-9_]* %               # %ACCOUNT%
    | \$ (?!account\b|region\b) [A-Za-z_][A-Za-z0-9_]*  # $ACCOUNT; $account and $region are of backup policies
    | < [A-Za-z][^<>\s]* (?:\s[^<>]*)? >       # <account>
    | \[ [A-Z][A-Za-z0-9 _-]+ \]               # [PRIVILEGED_ROLE]
    | (?<!\$) \{ [A-Za-z][A-Za-z0-9 _.-]* \}   # {region}
    | \b (?:REPLACE_WITH_|YOUR_|MY_ORG) [A-Z_]*  # REPLACE_WITH_YOUR_ORG_ID
    | \b (?:REPLACE_?ME|CHANGE_?ME|TODO|FIXME) \b
    | __ [A-Z][A-Z0-9_]* __                    # __ACCOUNT_ID__
    """,
    re.VERBOSE,
)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_DATE_FORMATS = ("%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z", "%Y-%m-%d", "%Y-%m", "%Y")


def placeholders_in(text: str) -> list[str]:
    """Everything in the text that looks as if someone should have filled it in."""
    return _PLACEHOLDER.findall(text)


def has_shape(text: str, shape: ValueShape) -> bool:
    """Whether the operator can compare with this value. A value with a policy variable may become anything."""
    if _VARIABLE.search(text):
        return True
    match shape:
        case "number":
            return number(text) is not None
        case "date":
            return date(text) is not None
        case "bool":
            return text.lower() in ("true", "false")
        case "ip":
            return network(text) is not None
        case "arn":
            return text == "*" or (text.startswith(("arn:", "*")) and (text.count(":") >= 5 or text.endswith("*")))
        case "binary":
            return binary(text) is not None
        case _:
            return True


def number(text: str) -> float | None:
    """The number that an integer or a decimal writes; what else Python reads (`inf`, `nan`, `1_000`) is none."""
    if _NUMBER.fullmatch(text) is None:
        return None
    found = float(text)
    return found if math.isfinite(found) else None


def date(text: str) -> float | None:
    """Seconds since 1970 of a W3C date (https://www.w3.org/TR/NOTE-datetime) or of a number of seconds."""
    if re.fullmatch(r"\d{5,}(\.\d+)?", text):
        return float(text)
    for form in _DATE_FORMATS:
        try:
            moment = datetime.strptime(text, form)
        except ValueError:
            continue
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return None


def network(text: str) -> Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def binary(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
