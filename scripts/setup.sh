#!/bin/sh
# Makes .venv with exactly what the lock files name: with uv where there is uv, else with venv and pip.
# Asks for nothing, and every download is checked against the hash in the lock file.
set -eu
cd "$(dirname "$0")/.."

least='(3, 11)'

say() { printf '%s\n' "$*" >&2; }

with_uv() {
    say "Setting up .venv with $(uv --version)"
    UV_PROJECT_ENVIRONMENT=.venv uv sync --locked --all-groups --compile-bytecode
}

# The first interpreter that is new enough and can make a virtual environment.
find_python() {
    without_venv=
    for name in ${PYTHON:-python3.11 python3.12 python3.13 python3.14 python3 python}; do
        "$name" -c "import sys; sys.exit(sys.version_info < $least)" >/dev/null 2>&1 || continue
        if "$name" -c 'import ensurepip, venv' >/dev/null 2>&1; then
            command -v "$name"
            return
        fi
        without_venv="${without_venv:-$name}"
    done
    if [ -n "$without_venv" ]; then
        version=$("$without_venv" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        say "error: $without_venv is new enough, but has no venv module with pip in it."
        say "help: on Debian and Ubuntu: apt install python$version-venv. Or install uv, which needs no Python:"
    else
        say "error: no Python 3.11 or newer here (looked for: ${PYTHON:-python3.11 to python3.14, python3, python})."
        say "help: install Python 3.11+ with venv and pip, or name one: make PYTHON=/path/to/python3. Or install uv:"
    fi
    say "      https://docs.astral.sh/uv/getting-started/installation/"
    return 1
}

with_pip() {
    if ! .venv/bin/python -c "import pip, sys; sys.exit(sys.version_info < $least)" >/dev/null 2>&1; then
        python=$(find_python)
        "$python" -m venv --clear .venv
    fi
    say "Setting up .venv with $(.venv/bin/python --version) and pip"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
}

if command -v uv >/dev/null 2>&1; then with_uv; else with_pip; fi

# What is compiled here starts faster, also where the environment forbids to write bytecode later.
.venv/bin/python -m compileall -q reconciler
