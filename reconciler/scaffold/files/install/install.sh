# Installs the reconciler of requirements.txt, beside this file, into a virtual environment: sh install.sh DIRECTORY
set -eu
here=$(cd "$(dirname "$0")" && pwd)
list=$here/requirements.txt
place=$1

if ! grep -q '^org-reconciler' "$list"; then
    echo "error: name the reconciler to install in $list: see its first lines" >&2
    exit 1
fi
python3 -m venv "$place"
# The list is complete: pip resolves nothing, builds nothing, and takes only files whose hash is in it.
"$place/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
    --find-links "$here" --requirement "$list"
"$place/bin/pip" check
