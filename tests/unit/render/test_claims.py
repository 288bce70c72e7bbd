"""A replay of recorded calls never claims more than was read, in any format."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.impact import NotUnderstood, Replay
from reconciler.model.scope import Unknown
from reconciler.render import markdown, text

FOUND = Replay(records=3, replayed=2, failed=0, elsewhere=0, not_understood=(), newly_denied=())
UNREAD = Unknown(kind="rcp", addresses=("account:a", "account:b"), reason="they were not requested")
STRANGE = NotUnderstood(event_source="x.amazonaws.com", event_name="Y", count=1)
FORMATS = pytest.mark.parametrize("render", [text.replay, markdown.replay], ids=["text", "markdown"])


@FORMATS
def test_what_was_not_read_may_deny_more(render: Any) -> None:
    shown = render(FOUND.model_copy(update={"unknown": (UNREAD,)}))
    assert "For 2 accounts more may be denied: RCPs were not read (they were not requested)." in shown
    assert "would be denied" not in shown


@FORMATS
@pytest.mark.parametrize(("strange", "calls"), [((), "worked"), ((STRANGE,), "were replayed")])
def test_where_all_is_known_nothing_denied_is_a_result(render: Any, strange: Any, calls: Any) -> None:
    shown = render(FOUND.model_copy(update={"not_understood": strange}))
    assert f"None of the calls that {calls} would be denied." in shown
