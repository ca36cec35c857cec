#!/bin/sh
# Hostile titles, ids, files and surroundings: refused clearly, or accepted with nothing harmed.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"

# word TEXT: what a line of a table stands for
word() { printf '%b' "$1"; }

# Titles: stored exactly or refused; one process each, then all are compared at once.
export ORCH_TEST_NOSYNC=1
project titles
mkdir "$T/want"
n=0 bad=0 refused=0
while IFS= read -r line; do
	case $line in '#'* | '') continue ;; esac
	title=$(word "${line#* }" && echo .) title=${title%.}
	got=0
	orch-add -- "$title" >"$T/out" 2>"$T/err" || got=$?
	case $line in
	ok*)
		[ $got -eq 0 ] && n=$((n + 1)) && printf '%s' "$title" >"$T/want/$n" && continue
		;;
	no*)
		refused=$((refused + 1))
		[ $got -eq 2 ] && [ "$(wc -l <"$T/err")" -eq 1 ] && [ ! -s "$T/out" ] &&
			! LC_ALL=C grep -q '[[:cntrl:]]' "$T/err" && continue
		;;
	esac
	result 1 "title: $(printf '%s' "${line#* }" | tr '\134' /)"
	note "ended with $got: $(LC_ALL=C tr -d '\000-\011\013-\037\177-\377' <"$T/err")"
	bad=1
done <"$ROOT/tests/data/cli/titles.txt"
is "$bad" 0 "of the titles $n are stored, $refused refused"
[ "$n" -gt 40 ] && [ "$refused" -gt 8 ]
result $? 'there were enough of them'
orch-list --json | jq -j '.title + "\u0000"' >"$T/titles"
i=0
while [ $i -lt "$n" ]; do
	i=$((i + 1))
	cat "$T/want/$i" && printf '\0'
done >"$T/all"
cmp -s "$T/titles" "$T/all"
result $? 'all come back byte for byte' || note "$(cmp "$T/titles" "$T/all" 2>&1)"
is "$(find . -name 'pwned*' | wc -l)" 0 'nothing of them was run'
is "$(orch-list | wc -l)" "$n" 'orch-list prints one line for each'
is "$(orch-list -o id,title | wc -l)" "$n" 'so does -o'
is "$(orch-list --tree | wc -l)" "$n" 'and --tree'
is "$(orch-list | LC_ALL=C grep -c '[[:cntrl:]]')" 0 'no control character in the columns'
is "$(orch-list --explain | LC_ALL=C tr -d '\t' | LC_ALL=C grep -c '[[:cntrl:]]')" 0 'nor in --explain'
script -qec 'orch-list -o title' /dev/null </dev/null | tr -d '\r' >"$T/tty"
is "$(LC_ALL=C grep -c '[[:cntrl:]]' "$T/tty")" 0 'and on a terminal none from -o either'
perl -ne 'exit 1 if /\xc2\x85|\xe2\x80[\xa8\xa9]|[\x00-\x08\x0b-\x1f\x7f]/' tasks.yml
result $? 'no raw control or line separator is in the file'
valid 'the file is whole'

# The same titles in a commit by hand: editing beside them keeps them.
cp tasks.yml "$T/before.yml"
orch-set 1 priority=high >/dev/null
orch-set 1 priority= >/dev/null
grep -v '^    updated_at' tasks.yml >"$T/after.yml"
cmp -s "$T/before.yml" "$T/after.yml"
result $? 'a field set and unset beside them leaves every byte' ||
	note "$(diff "$T/before.yml" "$T/after.yml" | head)"

# Words that are no id, wherever one is expected.
cd "$T/w" && project ids && orch-add -a sh --command true 'One' >/dev/null
snapshot
while IFS= read -r line; do
	case $line in '#'* | '') continue ;; esac
	id=$(word "$line" && echo .) id=${id%.}
	wrong=
	for cmd in 'orch-list -o id' 'orch-set priority=low' 'orch-route' 'orch-run' 'orch-context' \
		'orch-add x -d' 'orch-add x --parent'; do
		# A range is a good selector and a shell word is none: only where ids are meant.
		case $cmd:$id in orch-add* | orch-context*) ;; *:1..) continue ;; esac
		got=0
		$cmd "$id" >"$T/out" 2>"$T/err" || got=$?
		[ $got -eq 2 ] && [ ! -s "$T/out" ] && [ "$(wc -l <"$T/err")" -eq 1 ] ||
			wrong="$wrong; $cmd: $got $(head -c 200 "$T/err")"
	done
	[ -n "$wrong" ] || continue
	result 1 "no id: $(printf '%s' "$line" | tr '\134' /)"
	note "$wrong"
done <"$ROOT/tests/data/cli/ids.txt"
unchanged 'no word that is no id changed anything'
for id in 99 4294967297 999999999999999999; do
	refuses 2 "no such id: $id" orch-list "$id"
	like "$(cat "$T/err")" "*$id*" 'it is named'
	refuses 2 "no such id: $id, for orch-set" orch-set "$id" priority=low
	refuses 2 "no such id: $id, for orch-run" orch-run "$id"
	refuses 2 "no such id: $id, for orch-context" orch-context "$id"
	refuses 2 "no such id: $id, for orch-route" orch-route "$id"
done
printf '1 x 2' >"$T/in"
for cmd in 'orch-list -' 'orch-set - priority=low' 'orch-route -' 'orch-run -'; do
	snapshot
	got=0
	$cmd <"$T/in" >"$T/out" 2>"$T/err" || got=$?
	is "$got/$(wc -l <"$T/err")" 2/1 "$cmd: a word in standard input that is no id"
	unchanged 'nothing changed'
done

# Files that are not valid: line and column, the file left alone.
cd "$T/w" && project files
# bad_file NAME PATTERN: as tasks.yml is
bad_file() {
	for cmd in 'orch-list' 'orch-add T' 'orch-set all priority=low' 'orch-route' 'orch-run next' \
		'orch-context 1'; do
		cp tasks.yml "$T/bad.yml"
		got=0
		$cmd >"$T/out" 2>"$T/err" || got=$?
		[ $got -eq 65 ] && cmp -s tasks.yml "$T/bad.yml" && [ ! -s "$T/out" ] &&
			[ "$(wc -l <"$T/err")" -eq 1 ] && grep -q "$2" "$T/err"
		result $? "$1: $cmd" || note "$got $(head -c 300 "$T/err")"
	done
}
printf 'tasks:\n- id: 1\n  title: "a\n' >tasks.yml
bad_file 'a quote that is open' 'tasks.yml:[34]:'
printf 'tasks:\n- id: 1\n\ttitle: a\n' >tasks.yml
bad_file 'a tab' 'tasks.yml:3:'
printf 'tasks:\n- id: 1\n  title: a\n- id: 1\n  title: b\n' >tasks.yml
bad_file 'an id twice' 'tasks.yml:4:7: .*1'
printf 'tasks:\n- id: 1\n  title: a\n  title: b\n' >tasks.yml
bad_file 'a key twice' 'tasks.yml:4:3: .*title'
printf 'tasks:\n- id: 1\n  title: a\n  status: Done\n' >tasks.yml
bad_file 'a status' 'tasks.yml:4:.*Done'
printf '<<<<<<< HEAD\ntasks: []\n=======\ntasks:\n>>>>>>> x\n' >tasks.yml
bad_file 'merge markers' 'tasks.yml:[0-9]*:'
printf 'tasks: []\n---\ntasks: []\n' >tasks.yml
bad_file 'two documents' 'tasks.yml:2'
printf '\377\376t\0a\0' >tasks.yml
bad_file 'UTF-16' 'UTF'
printf 'tasks:\n- {id: 1, title: "\377"}\n' >tasks.yml
bad_file 'no UTF-8' 'tasks.yml:2:'
printf 'tasks:\n- {id: 1, title: a}\n\0\0\0' >tasks.yml
bad_file 'NUL bytes' 'tasks.yml:3:'
printf 'tasks:\n- {id: 1, title: !!python/object:os.system a}\n' >tasks.yml
bad_file 'a tag' 'tasks.yml:2:'
printf 'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\ntasks: *g\n' >tasks.yml
bad_file 'a billion laughs' 'tasks.yml'
printf 'tasks:\n- {id: 1, title: a, x: %s}\n' "$(head -c 3000 /dev/zero | tr '\0' '[')" >tasks.yml
bad_file '3000 brackets' 'tasks.yml:2:'
for key in workrs wokers; do
	printf 'tasks: []\n' >tasks.yml
	printf '# mine\n%s: 4\n' "$key" >orch.yml
	refuses 78 "orch.yml: $key" orch-list
	like "$(cat "$T/err")" '*orch.yml:2:*workers*' 'with its line and the nearest key'
done
done_testing
