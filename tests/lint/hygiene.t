#!/bin/sh
# Small things that pile up: blanks, paths of one machine, promises without a reason.
. "$(dirname "$0")/lint.sh"

# ours DIR: not what is data for a test, and no patch (its context may end in a blank).
ours() { texts "$1" | grep -vE '^tests/(data|fuzz/corpus)/|\.patch$'; }

blanks() {
	(cd "$1" && ours . | each grep -nHE '[[:blank:]]+$'
	ours . | each awk '
	function done() { if (name != "" && last == "") print name ": empty line at its end" }
	FNR == 1 { done(); name = FILENAME }
	{ last = $0 }
	END { done() }'
	ours . | while read -r file; do
		[ -z "$(tail -c 1 "$file")" ] || echo "$file: no newline at its end"
	done)
}

places() {
	(cd "$1" && ours . |
		each grep -nHE '(^|[^A-Za-z0-9_.$}-])/(wor[k]|roo[t]|hom[e]/[a-z]+|User[s])/')
}

promises() {
	(cd "$1" && ours . | each grep -nHE '(^|[^A-Z])(FIXM[E]|XX[X]|HAC[K])([^A-Z]|$)'
	ours . | each grep -nHE 'TOD[O]' | grep -vE 'TOD[O]( \([^)]+\))?: ?[^ ]+ [^ ]+ [^ ]+'
	ours . | each grep -nHE '^(<<<<<<<|>>>>>>>)( |$)')
}

# In C: tabs indent; a line is at most 120 columns wide (a tab is 8) where clang-format
# is not told to keep off.
columns() {
	(cd "$1" && ours . | grep '\.[ch]$' | each awk '
	function width(s,  n, i, w, part) {
		n = split(s, part, "\t")
		for (i = 1; i <= n; i++) {
			w += length(part[i])
			if (i < n) w += 8 - w % 8
		}
		return w
	}
	FNR == 1 { off = 0 }
	/clang-format off/ { off = 1 }
	/clang-format on/ { off = 0 }
	/^        / { print FILENAME ":" FNR ": indented by blanks" }
	!off && width($0) > 120 { print FILENAME ":" FNR ": too wide" }')
}

nothing 'no trailing blanks, a newline at the end' blanks "$ROOT"
nothing 'no paths of one machine' places "$ROOT"
nothing 'no promise without a reason, no conflict' promises "$ROOT"
nothing 'C is indented by tabs and at most 120 columns wide' columns "$ROOT"

home=/home
put "$T/bad/a.c" 'int x; ' "/* in $home/jane/src */" '/* TO''DO */' '/* FIX''ME later */' \
	'        int y;' "$(printf '%0121d' 1)" '<<<<<<< mine'
printf 'text' >"$T/bad/b.md"
finds 'a.c:1:int x' 'a trailing blank' blanks "$T/bad"
finds 'b.md: no newline' 'an end without newline' blanks "$T/bad"
finds 'a.c:2:.*jane' 'a path of one machine' places "$T/bad"
finds 'a.c:3:' 'a promise without a reason' promises "$T/bad"
finds 'a.c:4:' 'another' promises "$T/bad"
finds 'a.c:7:' 'a conflict' promises "$T/bad"
finds 'a.c:5:' 'an indent of blanks' columns "$T/bad"
finds 'a.c:6: too wide' 'a long line' columns "$T/bad"
done_testing
