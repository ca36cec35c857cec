#!/bin/sh
# tests/FAILURES: each failure that has a name has a test, a reason why it cannot occur, or
# an issue that is still to come; and the tests that are named exist.
. "$(dirname "$0")/lint.sh"

settled=5	# issues up to this one may no longer owe anything

ids='A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16 A17 A18 A19 A20 A21 A22 A23 A24
A25 A26 A27 A28 A29 A30 A31 A32 A33 A34 A35 A36 A37 A38
B1 B2 B3 B4 B5 B6 B7 B8 B9 B10 B11 B12 B13 B14 B15 B16 B17 B18 B19 B20 B21 B22 B23
C1 C2 C3 C4 C5 C6 C7 C8 C9 C10 C11 C12 C13 C14 C15 C16 C17
D1 D2 D3 D4 D5 D6 D7 D8 D9 D10 D11 D12 D13 D14 D15 D16 D17 D18 D19 D20 D21 D22 D23 D24 D25 D26
E1 E2 E3 E4 E5 E6 E7 E8
use-place use-agents use-github use-parsing use-cron use-data use-worktrees use-locks
use-review use-silence use-loops use-time use-prompts'

# owed FILE: what is wrong with it; the tests that it names are those of this checkout
owed() {
	awk -v ids="$ids" -v settled="$settled" '
	BEGIN { n = split(ids, list, /[ \n]+/); for (i = 1; i <= n; i++) known[list[i]] = 1 }
	/^#/ || /^$/ { next }
	{
		colon = index($0, ": ")
		id = substr($0, 1, colon - 1)
		rest = substr($0, colon + 2)
		if (!(id in known)) { print FILENAME ":" FNR ": nothing is called \"" id "\""; next }
		seen[id] = 1
		if (rest ~ /^issue [0-9]+$/) {
			if (substr(rest, 7) + 0 <= settled + 0)
				print FILENAME ":" FNR ": " id " waits for an issue that is over"
		} else if (rest ~ /^cannot occur: /) {
			if (length(rest) < 40) print FILENAME ":" FNR ": " id " needs a reason"
		} else if (rest !~ /^tests\/[^:]+: ./)
			print FILENAME ":" FNR ": neither a test nor a reason nor an issue"
	}
	END { for (i = 1; i <= n; i++) if (!(list[i] in seen)) print FILENAME ": " list[i] " is missing" }' "$1"
	sed -n 's/^[^#:]*: \(tests\/[^:]*\): \(.*\)$/\1	\2/p' "$1" | while IFS='	' read -r file name; do
		if [ ! -f "$file" ]; then
			echo "$1: there is no $file"
		else
			# A case of a table is a line of its own.
			case $file in
			tests/data/*) grep -qFx -e "=== $name" -e "ok $name" -e "no $name" "$file" ;;
			*) grep -qF -e "$name" "$file" ;;
			esac || echo "$1: $file has no test '$name'"
		fi
	done
}

is "$(echo "$ids" | wc -w)" 125 '112 failures and 13 classes have names'
nothing 'each has a test, a reason or an issue' owed tests/FAILURES

bad=$T/bad
mkdir "$bad"
grep -v '^A10:' tests/FAILURES >"$bad/missing"
finds 'A10 is missing' 'an id without a line' owed "$bad/missing"
{ cat tests/FAILURES; echo 'Z9: cannot occur: because there is nothing that could be called so'; } >"$bad/unknown"
finds 'nothing is called "Z9"' 'an id that is none' owed "$bad/unknown"
{ cat tests/FAILURES; echo 'A10: tests/cli/failures.t: A10: a test that nobody wrote'; } >"$bad/name"
finds "has no test 'A10: a test that nobody wrote'" 'a test that is not there' owed "$bad/name"
{ cat tests/FAILURES; echo 'A10: tests/cli/nowhere.t: x'; } >"$bad/file"
finds 'there is no tests/cli/nowhere.t' 'a file that is not there' owed "$bad/file"
{ cat tests/FAILURES; echo 'B7: tests/data/hostile/fs.txt: a full'; } >"$bad/part"
finds "has no test 'a full'" 'a part of the name of a case' owed "$bad/part"
{ cat tests/FAILURES; echo 'A10: issue 2'; } >"$bad/over"
finds 'A10 waits for an issue that is over' 'an issue that is over' owed "$bad/over"
{ cat tests/FAILURES; echo 'A10: cannot occur: no'; } >"$bad/reason"
finds 'A10 needs a reason' 'a reason that is none' owed "$bad/reason"
done_testing
