#!/bin/sh
# The EXAMPLES of each page, as they stand there, in a fresh project.
#
# Lines that begin with "$ " are typed, one that ends with a backslash goes on in the
# next; what follows must be what is printed.  Each command must end with 0.
. "$(dirname "$0")/lint.sh"
need jq jq
built

# script PAGE: the commands and what they must print, as a script for sh.
script() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$1" | awk '
	function quote(s) { gsub(/\047/, "\047\\\047\047", s); return "\047" s "\047" }
	function done() {
		if (cmd != "") printf "example %s %s\n", quote(cmd), quote(want)
		cmd = want = ""
	}
	/^\.Bd -literal/ { literal = 1; next }
	/^\.Ed/ { done(); literal = 0; next }
	!literal { next }
	{ gsub(/\\e/, "\\"); gsub(/\\&/, "") }
	more { cmd = cmd "\n" $0; more = /\\$/; next }
	/^\$ / { done(); cmd = substr($0, 3); more = /\\$/; next }
	{ want = want $0 "\n" }'
}

# example CMD WANT
example() {
	name="$page: $(printf '%s\n' "$1" | tr -s '\n\t ' ' ')"
	got=$(eval "$1" 2>"$T/err" </dev/null) || {
		note "it ended with $?"
		result 1 "$name"
		note "$(cat "$T/err")"
		return
	}
	is "$got" "${2%
}" "$name" || note "$(cat "$T/err")"
}

for path in man/*.1 man/*.7; do
	page=${path##*/}
	script "$path" >"$T/script"
	[ "$page" = orch-init.1 ] || project "$T/p/$page" 2>"$T/err" || {
		result 1 "a project for $page"
		note "$(cat "$T/err")"
		continue
	}
	[ "$page" != orch-init.1 ] || { mkdir -p "$T/p/init" && cd "$T/p/init" || exit 1; }
	# shellcheck source=/dev/null
	. "$T/script"
	cd "$ROOT" || exit 1
done

# A page whose example is wrong.
printf '%s\n' '.Sh EXAMPLES' '.Bd -literal' '$ echo one \e' '    two' 'one two' '$ echo yes' 'no' \
	'.Ed' >"$T/bad.7"
is "$(script "$T/bad.7" | grep -c '^example')" 2 'finds two examples in a page'
(example() { echo "$1=$2"; }; eval "$(script "$T/bad.7")") >"$T/found"
is "$(tail -n 2 "$T/found" | head -n 1)" 'echo yes=no' 'and what they should print'
done_testing
