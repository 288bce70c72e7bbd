"""`reconciler explain ACCOUNT --who`, and `explain ACCOUNT ACTION --permission-set NAME`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.commands.options import Options
from reconciler.commands.running import connected, reading, spec_of
from reconciler.render import json

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.model.decision import Decision, Request
    from reconciler.use_cases.load_spec import Desired


def explain_who(options: Options, account: str) -> int:
    """Shows who can enter an account: by the spec or, with --live, --mock or a snapshot, live."""
    from reconciler.use_cases.account_access import declared_access, live_access

    if options.shows_live:
        desired = _spec_beside(options)
        with connected(options, desired) as connection, reading(options) as progress:
            found = live_access(connection, desired, account, progress)
    else:
        found = declared_access(spec_of(options, tests=False), account)
    if options.output == "json":
        options.show(json.dumps(found))
    elif options.output == "markdown":
        from reconciler.render import markdown

        options.show(markdown.access(found))
    else:
        from reconciler.render import text

        color, unicode = options.colored(), options.unicode()
        options.show(text.access(found, width=options.table_width(), color=color, unicode=unicode))
    return 0


def answering_with_permission_set(
    options: Options, name: str, *, closed_context: bool
) -> Callable[[Request], Decision]:
    """Answers for those who have a permission set: as the spec declares it or as it is live. Only then are the
    documents of AWS's policies read."""
    from reconciler.use_cases import permission_set as sets
    from reconciler.use_cases.policy_evaluator import PolicyEvaluator
    from reconciler.use_cases.show import declared_view

    if options.shows_live:
        desired = _spec_beside(options)
        with connected(options, desired) as connection, reading(options) as progress:
            view = sets.live_view_with_permission_sets(connection, desired, progress)
            evaluator = PolicyEvaluator.of(view.inventory, view.statements)
            documents = sets.documents_of(connection.reads, evaluator.place.partition)
            identity = sets.identity_of(evaluator, name, documents)
    else:
        view = declared_view(spec_of(options, tests=False))
        evaluator = PolicyEvaluator.of(view.inventory, view.statements)
        identity = sets.identity_of(evaluator, name, sets.documents_of(None, evaluator.place.partition))
    return lambda request: sets.explain_with(evaluator, request, name, identity, closed_context=closed_context)


def _spec_beside(options: Options) -> Desired | None:
    """The spec that names live things, where there is one."""
    return spec_of(options, tests=False) if options.spec.exists() else None
