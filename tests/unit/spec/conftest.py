from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.spec.spec_files import Specs


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Specs:
    return Specs(tmp_path, monkeypatch)
