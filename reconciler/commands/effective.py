"""`reconciler explain ACCOUNT --type TYPE`: the effective policy of an account, and which policy sets what."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.commands.options import Options
from reconciler.commands.running import connected, reading, view_of
from reconciler.errors import SpecInvalid
from reconciler.render import json

if TYPE_CHECKING:
    from reconciler.model.effective import EffectiveChange, EffectivePolicy
    from reconciler.model.plan import Plan
    from reconciler.use_cases.load_spec import Desired


def explain_effective(options: Options, account: str, policy_type: str, plan_file: str | None) -> int:
    """Shows the effective policy of the spec's organization, of the live one, or before and after a saved plan."""
    from reconciler.use_cases import effective

    short = effective.checked_type(policy_type)
    if plan_file is None:
        found: EffectivePolicy | EffectiveChange = effective.effective_policy(
            view_of(options, {short}).inventory, short, account
        )
    else:
        from reconciler.use_cases.files import load_plan

        plan = load_plan(Path(plan_file))
        desired = spec_of_plan(plan, options)
        with connected(options, desired) as connection, reading(options) as progress:
            found = effective.effective_change(plan, desired, connection, short, account, progress)
    if options.output == "json":
        options.show(json.dumps(found))
    elif options.output == "markdown":
        from reconciler.render import markdown

        options.show(markdown.effective(_sides(found)))
    else:
        from reconciler.render import text

        options.show(text.effective(_sides(found), **options.layout()))
    return 0


def spec_of_plan(plan: Plan, options: Options) -> Desired | None:
    """The spec that the plan was made of, where it is still there: it names accounts, and the lines of statements."""
    from reconciler.use_cases.load_spec import load_spec

    with suppress(SpecInvalid):
        desired = load_spec(options.spec, tests=False)
        return desired if desired.digest == plan.spec_digest else None
    return None


def _sides(found: EffectivePolicy | EffectiveChange) -> list[tuple[str, EffectivePolicy | None]]:
    """The answers with their titles."""
    from reconciler.model.effective import EffectiveChange

    if not isinstance(found, EffectiveChange):
        return [("", found)]
    if found.before == found.after:
        return [("The plan does not change this", found.before)]
    return [("Before the plan", found.before), ("After the plan", found.after)]
