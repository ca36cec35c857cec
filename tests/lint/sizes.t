#!/bin/sh
# A command is at most 200 lines, a module 400: more is told, much more fails.
. "$(dirname "$0")/lint.sh"

# longer DIR LINES FILE..: those of the files that are longer.
longer() {
	dir=$1 max=$2
	shift 2
	(cd "$dir" && awk -v max="$max" '
	function done() { if (n > max) print name ": " n " lines, more than " max }
	FNR == 1 { done(); name = FILENAME }
	{ n = FNR }
	END { done() }' "$@")
}

nothing 'no command is longer than 250 lines' longer "$ROOT" 250 cmd/*.c
nothing 'no module is longer than 600 lines' longer "$ROOT" 600 lib/*/*.c
nothing 'no header is longer than 300 lines' longer "$ROOT" 300 lib/*/*.h cmd/*.h
note "$(longer "$ROOT" 200 cmd/*.c; longer "$ROOT" 400 lib/*/*.c)"

put "$T/bad/lib/a.c" 1 2 3
put "$T/bad/lib/b.c" 1 2
longer "$T/bad" 2 lib/a.c lib/b.c >"$T/found"
is "$(cat "$T/found")" 'lib/a.c: 3 lines, more than 2' 'finds what is longer, and only that'
done_testing
