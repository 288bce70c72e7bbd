"""The files of `explain`."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.errors import ReconcilerError, UsageError
from reconciler.use_cases.explain import identity_policy_in, requests_in


class TestRequests:
    def test_empty_lines_are_left_out(self, tmp_path: Path) -> None:
        file = tmp_path / "requests.jsonl"
        file.write_text('\n{"account": "a", "action": "s3:x", "context": {"k": [1, true]}}\n\n')
        (found,) = requests_in(file)
        assert found.context == {"k": ("1", "true")}

    def test_a_file_that_cannot_be_read(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="cannot be read"):
            list(requests_in(tmp_path / "none"))
        (tmp_path / "binary").write_bytes(b"\xff\xfe")
        with pytest.raises(UsageError, match="cannot be read"):
            list(requests_in(tmp_path / "binary"))

    def test_an_identity_policy_that_is_none(self, tmp_path: Path) -> None:
        (tmp_path / "mine.json").write_text("{")
        with pytest.raises(ReconcilerError, match=r"mine\.json is not an IAM policy"):
            identity_policy_in(tmp_path / "mine.json")
