#!/bin/sh
# Prints the lines of the program: of each package, of the modules beside the packages, and in total.
set -eu
cd "$(dirname "$0")/.."
find reconciler -name '*.py' -exec wc -l {} + | awk '
    $2 ~ /\.py$/ {
        depth = split($2, path, "/")
        lines[depth > 2 ? path[2] "/" : "(modules)"] += $1
        total += $1
    }
    END {
        for (each in lines) printf "%7d  %s\n", lines[each], each | "sort -rn"
        close("sort -rn")
        printf "%7d  in total\n", total
    }'
