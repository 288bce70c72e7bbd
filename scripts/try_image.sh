#!/usr/bin/env bash
# Builds the container image and runs `drift` in it: without network, on a read-only file system, without privileges. Where no
# daemon answers, the same steps are made in a directory, which the program then runs from as another user who may write
# nothing (this needs root and setpriv). Needs the package index; with Docker also the registry of the base image.
set -euo pipefail
cd "$(dirname "$0")/.."

make wheel
place=$(mktemp -d)
trap 'chmod -R u+w "$place"; rm -rf "$place"' EXIT
mkdir "$place/organization"
cat >"$place/organization/org.yaml" <<'END'
version: 1
root:
  organizational_units:
    Workloads: {}
END
.venv/bin/reconciler snapshot --spec "$place/organization/org.yaml" --mock --mock-state "$place/mock.json" >"$place/organization/live.json"
chmod -R a+rX "$place"

# in_image ARGUMENT...: the program in the image, in /organization
if docker info >/dev/null 2>&1; then
    docker build --quiet --tag reconciler:try .
    in_image() {
        docker run --rm --network none --read-only --cap-drop ALL --security-opt no-new-privileges \
            --volume "$place/organization:/organization:ro" reconciler:try "$@"
    }
else
    echo "No Docker daemon: the steps of the Dockerfile are made in a directory." >&2
    mkdir "$place/build"
    cp dist/*.whl reconciler/scaffold/files/install/requirements.txt "$place/build"
    sh scripts/install_image.sh "${PYTHON:-python3}" "$place/build" "$place/image"
    chmod -R a+rX,a-w "$place/image" "$place/organization"
    in_image() {
        (cd "$place/organization" && env -i HOME=/tmp PATH="$place/image/bin" PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
            "$(command -v setpriv)" --reuid 10001 --regid 10001 --clear-groups --no-new-privs --bounding-set=-all \
            "$place/image/bin/reconciler" "$@")
    }
fi

in_image --version
status=0
in_image drift --snapshot live.json || status=$?
test "$status" = 2
status=0
in_image drift --mock 2>"$place/refused" || status=$?
test "$status" = 64
grep -q "needs moto" "$place/refused"
echo "drift ran in the image."
