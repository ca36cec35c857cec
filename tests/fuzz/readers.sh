#!/bin/sh
# readers.sh BUILD [EDITS]: does what the editor writes read back equal elsewhere?
# Random edits, their values looked up by a reader of YAML 1.1 (python3-yaml) and one
# of YAML 1.2 (the npm package yaml, where NODE_PATH or npm has it).  A reader that is
# not there is told, and a file that it does not read even before the edit is counted.
build=$1 edits=${2:-1500}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
"$build/edits" "$edits" 4711 "$dir" >/dev/null || exit 1
bad=0

if python3 -c 'import yaml' 2>/dev/null; then
	python3 tests/fuzz/readers/one.py "$dir" || bad=1
else
	echo 'YAML 1.1: no python3-yaml, not looked at'
fi
if command -v node >/dev/null && NODE_PATH=${NODE_PATH:-$(npm root -g 2>/dev/null)} &&
	export NODE_PATH && node -e 'require("yaml")' 2>/dev/null; then
	node tests/fuzz/readers/two.js "$dir" || bad=1
else
	echo 'YAML 1.2: no npm package yaml, not looked at'
fi
exit $bad
