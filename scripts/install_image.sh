#!/bin/sh
# install_image.sh PYTHON FROM TO: what the container image contains. Makes the environment TO with everything in the list
# FROM/requirements.txt, each file checked against its hash, and the one wheel in FROM; nothing is resolved, and pip does not stay.
set -eu
python=$1 from=$2 to=$3

"$python" -m venv "$to"
install() { "$to/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --no-cache-dir --no-deps "$@"; }
install --require-hashes --only-binary :all: --requirement "$from/requirements.txt"
install --no-index "$from"/*.whl
"$to/bin/python" -m pip --disable-pip-version-check check
"$to/bin/python" -m pip uninstall --quiet --yes pip setuptools 2>/dev/null || "$to/bin/python" -m pip uninstall --quiet --yes pip
rm -f "$to"/bin/[Aa]ctivate*
