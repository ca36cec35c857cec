#!/bin/sh
# gcc and clang both have nothing to say about any source file.
# shellcheck disable=SC2034 # for sh.sh
TEST_TIMEOUT=300
. "$(dirname "$0")/lint.sh"
need gcc gcc
need clang clang
need pkg-config pkg-config

# In a file, because the macros hold quotes.
cat >"$T/flags" <<'END'
-std=c17 -D_GNU_SOURCE -Ilib -DORCH_VERSION=\"x\" -DORCH_SHARE=\"/x\" -fsyntax-only -Wall
-Wextra -Wpedantic -Wshadow -Wvla -Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes
-Wformat=2 -Wcast-qual -Wimplicit-fallthrough
END
pkg-config --cflags yaml-0.1 jansson libgit2 >>"$T/flags"

# Objects that were made with -Werror and the same warnings, and are younger than all headers:
# of what they are made of gcc had nothing to say.
built=$ROOT/build/$V youngest=$(find lib cmd tests/lib tests/unit -name '*.h' -printf '%T@ %p\n' | sort -n | sed -n '$s/[^ ]* //p')
for word in -Werror $(grep -oE -e '-W[a-z=0-9-]+' "$T/flags"); do
	grep -qE -e "^g?cc .* $word( |\$)" "$built/flags" || built=/nowhere
done
silent() { [ -n "$(find "$built/${1%.c}.o" -newer "$1" -newer "$youngest" 2>/dev/null)" ]; }

# said COMPILER FILE..: what it says of them
said() {
	compiler=$1
	shift
	for file; do
		if [ "$compiler" != gcc ] || ! silent "$file"; then
			"$compiler" "@$T/flags" "$file" 2>&1
		fi
	done
}

for compiler in gcc clang; do
	found=$(said $compiler cmd/*.c lib/*/*.c tests/unit/*.c)
	is "$found" '' "$compiler is content"
	printf 'int f(int a) { int b; if (a) b = 1; return 0; }\n' >"$T/bad.c"
	ok "$compiler finds what is wrong" test -n "$(said $compiler "$T/bad.c")"
done
done_testing
