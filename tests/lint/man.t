#!/bin/sh
# Each command has a page, and page, -h and the tables in the code say the same.
. "$(dirname "$0")/lint.sh"
need mandoc mandoc
need cc gcc
built

common='-C -f -h -q -v --directory --file --help --quiet --verbose --version'

# lines WORD..: one a line, sorted.
lines() { printf '%s\n' "$@" | sort -u; }

# page_options PAGE: those that its lists explain.
page_options() {
	awk '/^\.It Fl / {
		for (i = 3; i <= NF; i++) {
			if ($i == "Ar" || $i == "Ns") break
			if ($i != "," && $i != "Fl") print "-" $i
		}
	}' "$1" | sort -u
}

# table_options: those of --help-table on standard input.
table_options() {
	awk -F '\t' 'NR > 1 { print "--" $1; if ($2 != "-") print "-" $2 }' | sort -u
}

# options PAGE TABLE: the two sets differ.
options() {
	page_options "$1" >"$T/page"
	table_options <"$2" >"$T/table"
	case $1 in
	*/orch.1) ;;
	*)
		# shellcheck disable=SC2086 # a list of words
		lines $common >"$T/common"
		comm -23 "$T/table" "$T/common" >"$T/own"
		mv "$T/own" "$T/table"
		tr '\n' ' ' <"$1" | grep -q '\.Fl C , f , q , v , h and \.Fl -version' ||
			echo "$1: does not point to the common options"
		;;
	esac
	comm -23 "$T/page" "$T/table" | sed "s|^|${1##*/} explains, the command has not: |"
	comm -13 "$T/page" "$T/table" | sed "s|^|${1##*/} does not explain: |"
	# What the synopsis names must be there too.
	sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/p' "$1" | grep -oE 'Fl [A-Za-z-]+' | cut -c 4- |
		while read -r word; do
			case $word in
			-) ;;
			-*) echo "-$word" ;;
			*) echo "$word" | fold -w 1 | sed 's/^/-/' ;;
			esac
		done | sort -u >"$T/synopsis"
	table_options <"$2" | comm -23 "$T/synopsis" - |
		sed "s|^|${1##*/} has in its synopsis, the command has not: |"
}

# purpose PAGE TABLE
purpose() {
	says=$(sed -n 's/^\.Nd //p' "$1")
	prints=$(awk -F '\t' 'NR == 1 { print $3 }' "$2")
	[ "$says" = "$prints" ] || echo "${1##*/}: '$says', the command: '$prints'"
}

# shape PAGE: its length (what is generated does not count), and what must be there.
shape() {
	n=$(sed '/BEGIN state table/,/END state table/d' "$1" | wc -l)
	[ "$n" -le 120 ] || echo "${1##*/}: $n lines, more than 120"
	case $1 in
	*.1)
		grep -q '^\.Sh EXIT STATUS' "$1" || echo "${1##*/}: no EXIT STATUS"
		n=$(sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$1" | grep -c '^\$ ')
		[ "$n" -ge 2 ] || echo "${1##*/}: $n examples, fewer than two"
		;;
	esac
}

# statuses PAGE: exit statuses that DESIGN does not know, or 0 and 2 not told.
statuses() {
	sed -n '/^\.Sh EXIT STATUS/,/^\.Sh EX/p' "$1" | sed -n 's/^\.It \([0-9]*\) .*/\1/p' |
		awk -v page="${1##*/}" '
		BEGIN { n = split("0 1 2 65 69 71 75 77 78 124", l, " "); for (i in l) ok[l[i]] = 1 }
		{ seen[$1] = 1 }
		!($1 in ok) { print page ": no command ends with " $1 }
		END { if (!(0 in seen) || !(2 in seen)) print page ": 0 or 2 is not told" }'
}

mandoc_lint() { mandoc -T lint -W warning "$@"; }

for source in cmd/orch*.c; do
	name=${source##*/}
	name=${name%.c}
	page=man/$name.1
	ok "$name has a page" test -f "$page" || continue
	if ! "$ORCH_BIN/$name" --help-table >"$T/$name.table" 2>"$T/err"; then
		result 1 "$name prints its table"
		note "$(cat "$T/err")"
		continue
	fi
	nothing "$name: purpose and page" purpose "$page" "$T/$name.table"
	nothing "$name: options and page" options "$page" "$T/$name.table"
	exits 0 "$name -h is read on standard output" "$ORCH_BIN/$name" -h
	like "$(cat "$T/out")" "Usage: $name*$(sed -n 's/^\.Nd //p' "$page")*" 'and says what it is for'
done
for page in man/orch*.1; do
	name=${page##*/}
	ok "$name has a command" test -f "cmd/${name%.1}.c"
	nothing "$name: exit statuses" statuses "$page"
done
for page in man/*; do
	nothing "${page#man/} is clean mdoc" mandoc_lint "$page"
	nothing "${page#man/} has its shape" shape "$page"
done

# Each page stands in orch(1), and orch(1) names none that is not there.
reached() {
	(cd man && ls) | grep -v '^orch\.1$' | sort >"$T/pages"
	grep -oE 'Xr orch[a-z.-]* [157]' "$1" | sed 's/^Xr //; s/ /./' | sort -u >"$T/named"
	comm -23 "$T/pages" "$T/named" | sed 's/^/orch(1) does not name: /'
	comm -13 "$T/pages" "$T/named" | sed 's/^/orch(1) names what is not there: /'
}
nothing 'orch(1) names every page' reached man/orch.1

# The files' pages against the tables of the code.
page_names() { grep -oE 'Cm [a-z_.*]+( , [a-z_.*]+)*' "$1" | tr -d ',' | sed 's/^Cm //' | tr -s ' ' '\n'; }
fields() {
	sed -n 's/^[[:blank:]]*\[F_[A-Z_]*\] = { "\([a-z_]*\)".*/\1/p' lib/task/field.c | sort -u >"$T/code"
	[ -s "$T/code" ] || echo 'no fields were found in lib/task/field.c'
	page_names "$1" | sort -u >"$T/page"
	comm -23 "$T/code" "$T/page" | sed 's/^/field not in the page: /'
}
keys() {
	sed -n 's/^[[:blank:]]*{ "\([a-z_.*]*\)", CONFIG_.*/\1/p' lib/task/config_table.c | sort -u >"$T/code"
	[ -s "$T/code" ] || echo 'no keys were found in lib/task/config_table.c'
	sed -n 's/^\.It Cm \([a-z_.*]*\) Ta .*/\1/p' "$@" | sort -u >"$T/page"
	comm -23 "$T/code" "$T/page" | sed 's/^/key not in the page: /'
	comm -13 "$T/code" "$T/page" | sed 's/^/no such key: /'
}
# state_table PAGE: the lines between its markers are those of state_render().
state_table() {
	sed '1,/BEGIN state table/d; /END state table/,$d' "$1" | diff - "$T/states"
}
# Every key of a driver, whatever it is below.
drivers() {
	sed -n '/^static const struct shape /,/^};/p' lib/work/agent_shape.c | grep -oE '\{ "[a-z_]+"' |
		grep -oE '[a-z_]+' | sort -u >"$T/code"
	[ -s "$T/code" ] || echo 'no keys were found in lib/work/agent_shape.c'
	grep -oE '[a-z_]+' "$1" | sort -u | comm -23 "$T/code" - | sed 's/^/driver key not in the page: /'
}
put "$T/states.c" '#include <stdio.h>' '#include "base/buf.h"' '#include "task/state.h"' \
	'int main(void)' '{ struct buf b = { 0 }; state_render(&b); return puts(buf_str(&b)) < 0; }'
case $V in
asan) flags='-fsanitize=address,undefined' ;;
coverage) flags=--coverage ;;
*) flags= ;;
esac
ok 'the table of states can be printed' cc -Ilib $flags -o "$T/states.bin" "$T/states.c" \
	"build/$V/liborch.a"
"$T/states.bin" | sed '/^$/d' >"$T/states"
nothing 'orch-tasks(5) has every field' fields man/orch-tasks.5
nothing 'orch.yml(5) and the pages beside it have every key' keys man/orch.yml.5 \
	man/orch-limits.7 man/orch-team.7 man/orch-events.7 man/orch-github.7 \
	man/orch-board.7 man/orch-log.5 man/orch-hooks.7 man/orch-schedule.7 man/orch-projects.7 man/orch-serve.1
nothing 'orch-agents(5) has every key of a driver' drivers man/orch-agents.5
nothing 'orch-tasks(5) has the table of states' state_table man/orch-tasks.5

# Pages and tables with faults.
bad=$T/bad.1
sed -e 's/^\.It Fl -dedupe/.It Fl -dedup/' -e '/^\.It Fl -key/d' -e 's/^\.Nd .*/.Nd add a task/' \
	-e 's/^\.It 65 Ta/.It 66 Ta/' -e 's/^\$ /- /' -e 's/^\.Sh EXIT STATUS/.Sh STATUS/' \
	-e 's/^\.Op Fl nqv/.Op Fl nqvz/' man/orch-add.1 >"$bad"
printf 'command\torch-add\tadd tasks\n' >"$T/bad.table"
page_options man/orch-add.1 | sed -n 's/^--\(.*\)/\1\t-\tflag\t-\tx/p' >>"$T/bad.table"
finds 'explains, the command has not: --dedup$' 'an option that is not there' options "$bad" "$T/bad.table"
finds 'does not explain: --key' 'an option that is not explained' options "$bad" "$T/bad.table"
finds 'synopsis, the command has not: -z' 'a letter in the synopsis' options "$bad" "$T/bad.table"
finds "'add a task'" 'another purpose' purpose "$bad" "$T/bad.table"
finds 'no EXIT STATUS' 'a page without EXIT STATUS' shape "$bad"
finds '0 examples' 'a page without examples' shape "$bad"
sed 's/^\.It 65 Ta/.It 66 Ta/' man/orch-add.1 >"$bad"
finds 'ends with 66' 'an exit status of nobody' statuses "$bad"
awk '1; /^\.Sh DESC/ { for (i = 0; i < 20; i++) print "Text." }' man/orch-add.1 >"$bad"
finds 'more than 120' 'a long page' shape "$bad"
sed 's/orch-jobs 5/orch-job 5/' man/orch.1 >"$bad"
finds 'does not name: orch-jobs.5' 'a page that nobody finds' reached "$bad"
finds 'not there: orch-job.5' 'a page that is not there' reached "$bad"
sed 's/^\.El/.Elll/' man/orch-add.1 >"$bad"
finds 'Elll|Bl' 'wrong mdoc' mandoc_lint "$bad"
grep -v 'Cm verify ' man/orch-tasks.5 >"$bad"
finds 'not in the page: verify' 'a field that is not in the page' fields "$bad"
sed 's/progress/progres/' man/orch-agents.5 >"$bad"
finds 'not in the page: progress$' 'a key of a driver that is not in the page' drivers "$bad"
sed 's/^\.It Cm slots /.It Cm slot /' man/orch.yml.5 >"$bad"
finds 'not in the page: slots' 'a key that is not in the page' keys "$bad"
finds 'no such key: slot$' 'a key that is not in the code' keys "$bad"
sed 's/^claim: in_progress/claim: routed/' man/orch-tasks.5 >"$bad"
finds '< claim: routed' 'another table of states' state_table "$bad"
done_testing
