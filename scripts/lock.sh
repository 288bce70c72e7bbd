#!/bin/sh
# Resolves pyproject.toml into uv.lock, and writes from it, with hashes for pip: what `make demo` and `make test` install, what
# `.ci/run` takes uv from, and what action.yml and `reconciler init` install in pipelines. Takes the options of `uv lock`, such as --upgrade.
set -eu
cd "$(dirname "$0")/.."

uv=$(command -v uv) || { echo "error: this needs uv: https://docs.astral.sh/uv/" >&2; exit 1; }

"$uv" lock "$@"

# write FILE OPTION...: the distributions that the options of `uv export` choose, below what is on stdin.
write() {
    file=$1
    shift
    cat >"$file.new"
    "$uv" export --quiet --locked --no-default-groups --no-emit-project --no-header --format requirements-txt "$@" >>"$file.new"
    mv "$file.new" "$file"
}

write requirements.lock --group build --extra mock <<END
# What \`make demo\` installs: what reconciler needs to run, also with --mock, and what builds it. Written by \`make lock\`; do not edit.
# The list is complete: pip install --require-hashes --no-deps -r requirements.lock
END
write requirements-dev.lock --group dev --group build --extra mock --extra github <<END
# What \`make test\` and the other targets install: all of requirements.lock, and the tools. Written by \`make lock\`; do not edit.
# The list is complete: pip install --require-hashes --no-deps -r requirements-dev.lock
END
write requirements-docs.lock --group docs --group dev --group build --extra mock --extra github <<END
# What \`make site\` installs: all of requirements-dev.lock, and the generator of the site. Written by \`make lock\`; do not edit.
# The list is complete: pip install --require-hashes --no-deps -r requirements-docs.lock
END
write requirements-ci.lock --group build --extra github <<END
# What action.yml installs: what reconciler needs to run in a pipeline, and what builds it. Written by \`make lock\`; do not edit.
# The list is complete: pip install --require-hashes --no-deps -r requirements-ci.lock
END
write .ci/uv.txt --only-group uv <<END
# The uv that .ci/run uses where there is none. Written by \`make lock\`; do not edit.
END
write reconciler/scaffold/files/install/requirements.txt --extra github <scripts/requirements-head.txt
