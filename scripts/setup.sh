#!/bin/sh
# Makes .venv with exactly what the lock files name, and the project itself.
#
#   sh scripts/setup.sh run    what `make demo` needs: reconciler, and moto for --mock
#   sh scripts/setup.sh dev    the same, and the tools for tests and checks
#   sh scripts/setup.sh docs   the same, and the generator of the documentation site
#
# SETUP=uv or SETUP=pip chooses the installer; without it uv is used where it is found, else venv and pip. It needs no input, and
# every download is checked against the hash in the lock file.
set -eu
cd "$(dirname "$0")/.."

least='(3, 11)'
tested='>=3.11,<3.15' # what uv may choose, and download where there is none: for these everything locked has wheels

say() { printf '%s\n' "$*" >&2; }

with_uv() {
    if ! command -v uv >/dev/null 2>&1; then
        say "error: SETUP=uv, and there is no uv."
        say "help: install it, https://docs.astral.sh/uv/getting-started/installation/, or use SETUP=pip."
        return 1
    fi
    say "Setting up .venv with $(uv --version)"
    groups=
    [ "$wanted" = run ] || groups='--group dev --extra github'
    [ "$wanted" != docs ] || groups='--group dev --group docs --extra github'
    # shellcheck disable=SC2086  # $groups is some words or none
    # The certificates of the machine where it has some, as pip does: that of a company's proxy is not among uv's own.
    for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
        [ ! -s "$bundle" ] || export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
    done
    UV_PYTHON="${UV_PYTHON:-$tested}" UV_PROJECT_ENVIRONMENT=.venv \
        uv sync --locked --no-default-groups --group build $groups --extra mock --compile-bytecode \
        --no-build-isolation-package org-reconciler
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

pip_install() { .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps "$@"; }

# The lists are complete, so pip resolves nothing (--no-deps): its resolver would also look at newer versions, which
# --require-hashes refuses. `pip check` proves that the list is complete. `run` begins with an empty environment, because pip
# does not remove what a changed list no longer names.
with_pip() {
    case "$wanted" in
        run) list=requirements.lock ;;
        *) list=requirements-$wanted.lock ;;
    esac
    if [ "$given" = run ] || ! .venv/bin/python -c 'import pip' >/dev/null 2>&1; then
        python=$(find_python)
        "$python" -m venv --clear .venv
    fi
    say "Setting up .venv with $(.venv/bin/python --version) and pip"
    pip_install --require-hashes --requirement "$list"
    pip_install --no-build-isolation --editable .
    found=$(.venv/bin/python -m pip --disable-pip-version-check check) || { say "error: $found"; return 1; }
}

given=${1:-dev}
case "$given" in
    run | dev | docs) wanted=$given ;;
    *) say "error: \`$given\` is none of \`run\`, \`dev\` and \`docs\`"; exit 64 ;;
esac
# Tools that are installed already stay installed.
[ ! -e .venv/.dev ] || [ "$wanted" = docs ] || wanted=dev
[ ! -e .venv/.docs ] || wanted=docs

case "${SETUP:-}" in
    uv) with_uv ;;
    pip) with_pip ;;
    '') if command -v uv >/dev/null 2>&1; then with_uv; else with_pip; fi ;;
    *) say "error: SETUP is \`$SETUP\`; it has to be \`uv\` or \`pip\`"; exit 64 ;;
esac

# Compiled modules load faster, also where nothing can write bytecode later.
.venv/bin/python -m compileall -q reconciler
