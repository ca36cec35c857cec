#!/bin/sh
# Each header compiles alone, with both compilers, with all warnings.
# shellcheck disable=SC2034 # for sh.sh
TEST_TIMEOUT=300
. "$(dirname "$0")/lint.sh"
need gcc gcc
need pkg-config pkg-config

warn='-Wall -Wextra -Wpedantic -Wshadow -Wvla -Wwrite-strings -Wstrict-prototypes -Wcast-qual -Werror'
flags=$(pkg-config --cflags yaml-0.1 jansson libgit2)

# alone DIR CC: headers below DIR that do not stand alone or can be included once only.
alone() {
	(cd "$1" && find lib cmd -name '*.h' | sort | while read -r header; do
		# shellcheck disable=SC2086 # lists of flags
		printf '#include "%s"\n#include "%s"\nextern int used;\n' "$header" "$header" |
			"$2" -std=c17 -D_GNU_SOURCE -I. -Ilib -Icmd $flags $warn \
				-fsyntax-only -x c - 2>"$T/why" ||
			{ echo "$header: $2"; head -n 3 "$T/why"; }
	done)
}

# guards DIR: the guard is ORCH_ and the path, so that no two are equal.
guards() {
	(cd "$1" && find lib cmd -name '*.h' | sort | while read -r header; do
		guard=$(echo "ORCH_${header#lib/}" | tr 'a-z/.-' 'A-Z___')
		grep -q "^#ifndef $guard\$" "$header" && grep -q "^#define $guard\$" "$header" ||
			echo "$header: its guard is not $guard"
	done)
}

bad=$T/bad
put "$bad/lib/base/a.h" '#ifndef ORCH_BASE_A_H' '#define ORCH_BASE_A_H' 'size_t f(struct x *);' '#endif'
put "$bad/lib/base/b.h" 'enum { TWICE };'
mkdir -p "$bad/cmd"
for cc in gcc clang; do
	if ! command -v "$cc" >/dev/null; then
		result 0 "headers with $cc # SKIP $cc (Debian package $cc) is not installed"
		continue
	fi
	nothing "each header compiles alone with $cc" alone "$ROOT" "$cc"
	finds "a.h: $cc" 'a header that needs another' alone "$bad" "$cc"
	finds "b.h: $cc" 'a header without a guard' alone "$bad" "$cc"
done
nothing 'each header has its guard' guards "$ROOT"
finds 'b.h: its guard' 'a guard of another name' guards "$bad"
done_testing
