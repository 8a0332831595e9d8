#!/bin/sh
# Makes FILE.goroutines.json for each trace FILE.bin: what Go 1.27.3's own trace tool computes of it.
# Needs a Go toolchain that can fetch go1.27.3. Run from the root of the repository:
#   engine/tests/oracle/make.sh proto/tests/data/trace/go1.22.10.bin …
set -eu
here=$PWD/engine/tests/oracle
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Files of the module cache cannot be overlaid, so the toolchain gets another path.
ln -s "$(GOTOOLCHAIN=go1.27.3 go env GOROOT)" "$work/go"
export GOROOT="$work/go" GOTOOLCHAIN=local GOFLAGS=
printf '{"Replace":{"%s/src/cmd/trace/oracle.go":"%s/oracle.go"}}' "$GOROOT" "$here" >"$work/overlay.json"
"$GOROOT/bin/go" build -overlay "$work/overlay.json" -o "$work/oracle" cmd/trace
for trace in "$@"; do
    TASKSCOPE_ORACLE=1 "$work/oracle" "$trace" main.main 'net/http.(*conn).serve' \
        region:jsonWork region:step >"${trace%.bin}.goroutines.json"
done
