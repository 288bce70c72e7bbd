"""Effective policies as every format shows them: the words for a setting and for what it is from."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.address import local
from reconciler.model.document import value_text
from reconciler.model.effective import Contribution, EffectivePolicy, EffectiveSetting
from reconciler.render.words import policy_label

NOT_THERE = "The account is not there, or closed."


def title(found: EffectivePolicy) -> str:
    """What is shown."""
    return f"Effective {policy_label(found.type)} of {found.account}"


def value_of(setting: EffectiveSetting) -> str:
    """The value, or what it may be."""
    if not setting.alternatives:
        return value_text(setting.value)
    return f"not known, {' or '.join(value_text(each.value) for each in setting.alternatives)}"


def origin_of(setting: EffectiveSetting) -> str:
    """The policies that set it, and where they are attached."""
    if setting.alternatives:
        ways = " or ".join(_policies(each.because) for each in setting.alternatives)
        return f"by {ways}, whichever was attached first"
    return f"by {_policies(setting.because)}" if setting.because else "the default of the service"


def remarks(found: EffectivePolicy) -> Iterator[str]:
    """Notes that are shown with the settings."""
    label = policy_label(found.type)
    for unknown in found.unknown:
        yield f"Not known: the {label} documents at {', '.join(unknown.addresses)} were not read ({unknown.reason})."
    if not found.enabled:
        yield f"There is none: the type {found.type} is not enabled."
    elif not found.settings and not found.unknown:
        yield "It is empty: nothing is attached to the account or above it."
    for error in found.errors:
        yield f"The service withholds it ({error.code}): {error.message}. The last valid document stays in force."


def _policies(because: tuple[Contribution, ...]) -> str:
    return " and ".join(f"{local(each.policy)} at {each.level}, {each.operator}" for each in because)
