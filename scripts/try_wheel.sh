#!/usr/bin/env bash
# Builds the wheel and uses it without a checkout, each time in an empty environment: installed by hand, and
# installed by the action that `reconciler init` writes, with every file checked against its hash. Needs the package index.
set -euo pipefail
cd "$(dirname "$0")/.."

make wheel
wheel=$(echo "$PWD"/dist/*.whl)
export PIP_DISABLE_PIP_VERSION_CHECK=1
python=$PWD/.venv/bin/python
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

# The locked versions, so that a new release of a dependency does not change the result.
sed -n 's/^\([a-z0-9.-]*==[^ ;]*\).*/\1/p' requirements.lock >"$place/constraints.txt"
export PIP_CONSTRAINT=$place/constraints.txt
cd "$place"

step() { printf '\n# %s\n' "$*"; }

step "pip install $(basename "$wheel")"
"$python" -m venv plain
plain/bin/pip install --quiet "$wheel"
plain/bin/pip check
plain/bin/reconciler --version
plain/bin/reconciler init organization
cd organization
../plain/bin/reconciler validate
status=0
../plain/bin/reconciler plan --mock || status=$?
test "$status" = 64

step "pip install '$(basename "$wheel")[mock]'"
../plain/bin/pip install --quiet "$wheel[mock]"
../plain/bin/reconciler apply --mock --auto-approve >/dev/null
../plain/bin/reconciler plan --mock --detailed-exitcode >/dev/null

step "The action that init wrote, with the wheel beside requirements.txt"
unset PIP_CONSTRAINT
action=.github/actions/install-reconciler
"$python" -c '
import sys, yaml
print(next(step["run"] for step in yaml.safe_load(open(sys.argv[1]))["runs"]["steps"] if "run" in step))
' "$action/action.yml" >"$place/install.sh"

install() { # install NAME HASH: as the runner does, into an environment of that name
    mkdir "$place/$1"
    cp -R "$action" "$place/$1/action"
    cp "$wheel" "$place/$1/action"
    version=$(basename "$wheel" | cut -d- -f2)
    echo "org-reconciler==$version --hash=sha256:$2" >>"$place/$1/action/requirements.txt"
    PATH=$(dirname "$python"):$PATH GITHUB_ACTION_PATH=$place/$1/action RUNNER_TEMP=$place/$1 GITHUB_PATH=$place/$1/path \
        bash --noprofile --norc -eo pipefail "$place/install.sh"
}

hash=$("$python" -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$wheel")
install pinned "$hash"
"$(cat "$place/pinned/path")/reconciler" validate

step "The install.sh of the other systems, with the wheel beside requirements.txt"
../plain/bin/reconciler init --ci gitlab "$place/gitlab"
cp "$wheel" "$place/gitlab/ci/reconciler"
echo "org-reconciler==$(basename "$wheel" | cut -d- -f2) --hash=sha256:$hash" >>"$place/gitlab/ci/reconciler/requirements.txt"
PATH=$(dirname "$python"):$PATH sh "$place/gitlab/ci/reconciler/install.sh" "$place/installed"
"$place/installed/bin/reconciler" validate

if install tampered "$(echo "$hash" | tr 0-9a-f 1-9a-f0)" 2>"$place/refused"; then
    echo "error: a wheel with another hash was installed" >&2
    exit 1
fi
grep -q "DO NOT MATCH THE HASHES" "$place/refused"
echo "A wheel with another hash is refused."
