#!/bin/sh
# gcc and clang both have nothing to say about any source file.
. "$(dirname "$0")/lint.sh"
need gcc gcc
need clang clang
need pkg-config pkg-config

flags="-std=c17 -D_GNU_SOURCE -Ilib -DORCH_VERSION=\"x\" -DORCH_SHARE=\"/x\" -fsyntax-only -Wall
	-Wextra -Wpedantic -Wshadow -Wvla -Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes
	-Wformat=2 -Wcast-qual -Wimplicit-fallthrough $(pkg-config --cflags yaml-0.1 jansson libgit2)"

# said COMPILER FILE..: what it says of them
said() {
	compiler=$1
	shift
	for file; do
		# shellcheck disable=SC2086
		"$compiler" $flags "$file" 2>&1
	done
}

for compiler in gcc clang; do
	found=$(said $compiler cmd/*.c lib/*/*.c tests/unit/*.c)
	is "$found" '' "$compiler is content"
	printf 'int f(int a) { int b; if (a) b = 1; return 0; }\n' >"$T/bad.c"
	ok "$compiler finds what is wrong" test -n "$(said $compiler "$T/bad.c")"
done
done_testing
