"""The values of a permission set as a spec writes them and as the API has them."""

from __future__ import annotations

import re

_DURATION = re.compile(r"(?:PT)?(?:(\d{1,2})h)?(?:(\d{1,3})m)?(?:(\d{1,5})s)?", re.IGNORECASE)
_SHORTEST, _LONGEST = 60, 12 * 60
"""Minutes of a session (API_CreatePermissionSet)."""
_MARK = ":policy/"


def duration(text: str) -> str:
    """The duration of a session (`4h`, `1h30m`, `PT4H`), as the shortest form of ISO 8601. Raises `ValueError` where it
    is none, or not between one and twelve hours."""
    match = _DURATION.fullmatch(text)
    hours, minutes, seconds = (int(each or 0) for each in match.groups()) if match else (0, 0, 0)
    total, rest = divmod(hours * 3600 + minutes * 60 + seconds, 60)
    if rest or not _SHORTEST <= total <= _LONGEST:
        raise ValueError(text)
    return f"PT{total // 60}H" + (f"{total % 60}M" if total % 60 else "")


def live_duration(text: str) -> str:
    """The duration as the service has it, in the same form."""
    try:
        return duration(text)
    except ValueError:
        return text


def written_duration(iso: str) -> str:
    """The duration as a spec writes it (`4h`)."""
    return iso.removeprefix("PT").lower()


def managed_name(arn: str) -> str:
    """What names a policy of AWS: what its ARN has after `policy/`, for a name or an ARN."""
    return arn.partition(_MARK)[2] or arn


def managed_arn(name: str, partition: str) -> str:
    """The ARN of a policy of AWS."""
    return f"arn:{partition}:iam::aws{_MARK}{name}"
