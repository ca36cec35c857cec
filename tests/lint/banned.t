#!/bin/sh
# Functions that are not used, by their symbols and in the text; no variables in lib/.
. "$(dirname "$0")/lint.sh"
need nm binutils
need cc gcc
built

names='strcpy strcat strncpy strncat sprintf vsprintf strtok gmtime localtime ctime mktemp
	system popen atoi gets'
alternatives=$(echo "$names" | xargs | tr ' ' '|')

# symbols DIR: objects below DIR that want one of them (also as __NAME_chk).
symbols() {
	(cd "$1" && find . -name '*.o' | sort | each nm -A -u) | awk -v names="$names" '
	BEGIN { n = split(names, list, " "); for (i = 1; i <= n; i++) bad[list[i]] = 1 }
	{
		name = $NF
		sub(/@.*/, "", name)
		sub(/^__(isoc99_)?/, "", name)
		sub(/_chk$/, "", name)
		sub(/:.*/, "", $1)
		if (name in bad) print $1 ": calls " name "()"
	}'
}

# words DIR: the same by the text, macros that were not used included.
words() {
	code "$1" | grep -E "(^|[^A-Za-z0-9_>.])($alternatives)[[:blank:]]*\\("
}

# variables DIR: data of the objects of the library that is not constant.  fault.c
# counts the steps of a test; a debug build remembers that it holds the lock; alloc.c, which
# ends the process wherever it is, says what was done by then.
variables() {
	(cd "$1" && find . -name '*.o' | sort | each nm -A -f sysv) | awk -F '|' '
	$7 ~ /^[ \t]*(\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ && $7 !~ /\.data\.rel\.ro/ &&
	    $4 ~ /OBJECT|TLS/ {
		split($1, at, ":")
		gsub(/[ \t]/, "", at[2])
		if (!(at[1] ~ /base\/alloc\.o$/ && at[2] == "done_before") &&
		    !(at[1] ~ /sys\/fault\.o$/ && at[2] == "count") &&
		    !(at[1] ~ /sys\/lock\.o$/ && at[2] ~ /^held/))
			print at[1] ": variable " at[2]
	}'
}

objects=$ROOT/build/$V
ok 'there are objects to look at' test -e "$objects/lib/base/err.o"
nothing 'no object wants a banned function' symbols "$objects"
nothing 'no source names one' words "$ROOT"
case $V in
release) nothing 'the library has no variables' variables "$objects/lib" ;;
*) result 0 'the library has no variables # SKIP only the objects of V=release are plain' ;;
esac

bad=$T/bad
put "$bad/lib/base/a.c" '#include <string.h>' '#include <stdlib.h>' '#include <stdio.h>' \
	'int total; static int calls;' \
	'int f(char *d, const char *s);' \
	'int f(char *d, const char *s)' '{ strcpy(d, s); sprintf(d + 1, "%d", total); calls++;' \
	'/* strtok( */ return atoi(s) + system(s) + total + calls; }'
cc -O2 -D_FORTIFY_SOURCE=2 -c "$bad/lib/base/a.c" -o "$bad/a.o" 2>/dev/null
for name in strcpy sprintf system; do
	finds "calls $name\\(\\)" "$name in an object" symbols "$bad"
	finds "a\\.c:7:.*$name|a\\.c:8:.*$name" "$name in a source" words "$bad"
done
finds 'a\.c:8:.*atoi' 'atoi in a source' words "$bad"
finds 'variable total' 'a global variable' variables "$bad"
finds 'variable calls' 'a static variable' variables "$bad"
words "$bad" >"$T/found"
is "$(grep -c strtok "$T/found")" 0 'a comment is not found'
done_testing
