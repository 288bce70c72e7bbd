#!/usr/bin/env bash
# The way of a change from the spec to "no changes", and a change by hand that is found: on a mocked AWS Organizations in
# a temporary directory, so it needs no AWS account, leaves nothing behind, and can be run again and again.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
export PATH="$here/.venv/bin:$PATH"

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cp -R "$here/org.yaml" "$here/policies" "$place/"
cd "$place"

bold='' dim='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; fi

say() { printf '\n%s# %s%s\n' "$dim" "$*" "$plain"; }

# Shows a command, runs it, and stops the demo unless it exits as it should: run 2 reconciler drift --mock
run() {
    local expected=$1 status=0
    shift
    printf '%s$ %s%s\n' "$bold" "$*" "$plain"
    "$@" </dev/null || status=$?
    if [ "$status" != "$expected" ]; then
        printf '\nThe demo stops: exit code %s, not %s.\n' "$status" "$expected" >&2
        exit 1
    fi
}

say "Is org.yaml right? Offline, no account needed."
run 0 reconciler validate

say "What would change? The mocked organization is still empty: everything is to be made."
run 0 reconciler plan --mock

say "Carry it out."
run 0 reconciler apply --mock --auto-approve

say "And again: is anything left? (Exit code 0 is no, 2 would be yes.)"
run 0 reconciler plan --mock --detailed-exitcode

say "A change outside the pipeline: the region guardrail is detached from Workloads by hand."
run 0 python -m reconciler.mock detach deny-regions Workloads

say "Does anyone notice? (Exit code 2: drift.)"
run 2 reconciler drift --mock

say "Found. The next 'reconciler apply' would attach it again. Try your own: reconciler init my-organization"
