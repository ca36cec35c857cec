# lint.sh - what the tests in this folder have in common
#
# They are tests of commands (tests/lib/sh.sh) that begin at the top of the checkout.
# A checker is a function that takes a folder and prints a line for each finding;
# each is also run on a tree with a fault in it, because a check that cannot fail
# proves nothing.
# shellcheck shell=sh
. "$(dirname "$0")/../lib/sh.sh"
cd "$ROOT" || exit 1

# need TOOL PACKAGE: a missing tool is a failure that names the Debian package.
need() {
	command -v "$1" >/dev/null && return
	result 1 "$1 is there (Debian package $2)"
	done_testing
}

# built: the commands must have been built.
built() {
	[ -x "$ORCH_BIN/orch-list" ] && return
	result 1 "the commands are in $ORCH_BIN (make all V=$V)"
	done_testing
}

# nothing NAME CHECKER ARG..: passes if the checker finds nothing.
nothing() {
	lint_name=$1
	shift
	"$@" >"$T/found" 2>&1
	[ ! -s "$T/found" ]
	result $? "$lint_name" && return
	note "$(head -n 40 "$T/found")"
	return 1
}

# finds PATTERN NAME CHECKER ARG..: passes if it finds what was put there.
finds() {
	lint_pattern=$1 lint_name=$2
	shift 2
	"$@" >"$T/found" 2>&1
	grep -qE -e "$lint_pattern" "$T/found"
	result $? "finds $lint_name" && return
	note "no line like $lint_pattern in:"
	note "$(head -n 40 "$T/found")"
	return 1
}

# put FILE LINE..: a file of a tree with faults, its folders made.
put() {
	mkdir -p "$(dirname "$1")"
	lint_file=$1
	shift
	printf '%s\n' "$@" >"$lint_file"
}

# code DIR: "FILE:LINE:TEXT" for the C code of a tree, comments and the insides of
# strings left out.
code() {
	(cd "$1" && find lib cmd -name '*.[ch]' 2>/dev/null | sort |
		each awk -f "$ROOT/tests/lint/code.awk")
}

# texts DIR: all files of ours that are text and not empty, without what is built.
texts() {
	(cd "$1" && grep -rIl --exclude-dir=.git --exclude-dir=build '' . | sed 's,^\./,,' | sort)
}

# each CMD ARG..: runs it on the files that standard input names, many at once.
each() { tr '\n' '\0' | xargs -0 -r "$@"; }
