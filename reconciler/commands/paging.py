"""A result that is longer than the screen, in a pager. Nothing is paged in CI, in a file, or where nobody reads."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping

DEFAULT = "less"
LESS = "FRX"
"""Leave if it fits on the screen, show colours, keep it on the screen after leaving; as git sets it."""


def pager(environment: Mapping[str, str]) -> list[str]:
    """The pager's command line: of RECONCILER_PAGER, of PAGER, else `less`. Empty where there is none: one of these is
    set to nothing or to `cat`, it is not installed, or cannot be read."""
    named = environment.get("RECONCILER_PAGER", environment.get("PAGER", DEFAULT))
    try:
        words = shlex.split(named)
    except ValueError:
        return []
    return words if words and words != ["cat"] and shutil.which(words[0]) else []


def is_watched(environment: Mapping[str, str]) -> bool:
    """Whether a person reads stdout and can press keys."""
    terminal = sys.stdout.isatty() and sys.stdin.isatty() and environment.get("TERM") != "dumb"
    return terminal and not environment.get("CI")


def paged(text: str) -> bool:
    """Shows the text in the pager, if it is longer than the screen. Returns whether it was shown."""
    if not is_watched(os.environ) or text.count("\n") < shutil.get_terminal_size((80, 24)).lines:
        return False
    words = pager(os.environ)
    if not words:
        return False
    environment = {"LESS": LESS, "LV": "-c", **os.environ}
    sys.stdout.flush()
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the pager's
    try:
        subprocess.run(words, input=text, env=environment, encoding="utf-8", errors="backslashreplace", check=False)
    except OSError:
        return False
    finally:
        signal.signal(signal.SIGINT, previous)
    return True
