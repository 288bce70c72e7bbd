#!/bin/sh
# Resolves pyproject.toml into uv.lock, and writes the same set with its hashes for pip into requirements.lock.
set -eu
cd "$(dirname "$0")/.."

uv=$(command -v uv || command -v .venv/bin/uv) || { echo "error: this needs uv: https://docs.astral.sh/uv/" >&2; exit 1; }

"$uv" lock "$@"
"$uv" export --quiet --locked --all-groups --no-emit-project --no-header --format requirements-txt >requirements.lock.new
{
    echo "# Every distribution of uv.lock with its hashes, for machines without uv. Written by \`make lock\`; do not edit."
    echo "# Use: pip install --require-hashes -r requirements.lock && pip install --no-deps --no-build-isolation -e ."
    cat requirements.lock.new
} >requirements.lock
rm requirements.lock.new
