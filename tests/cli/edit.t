#!/bin/sh
# orch-edit: a copy in an editor, merged back; what is kept when that cannot be.
# shellcheck disable=SC2016 # some words are for another shell
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

# edits STATUS NAME SCRIPT: orch-edit with an editor that is a line of shell; $1 is the copy
edits() {
	edits_want=$1 edits_name=$2
	printf '%s\n' "$3" >"$T/editor"
	shift 3
	exits "$edits_want" "$edits_name" env EDITOR="sh '$T/editor'" orch-edit "$@"
}
copies() { find .orch/edit -name '*.yml' | sort | tr '\n' ' '; }
topics() { jq -r "select(.seq > $1) | .topic + (if .task then \" \\(.task)\" else \"\" end)" .orch/events.jsonl; }
last_event() { jq -s 'map(.seq) | max // 0' .orch/events.jsonl; }
find_program() { command -v "$1" >/dev/null || { result 1 "$1 is there"; done_testing; }; }

project
cat >tasks.yml <<'END'
# The tasks.
next_id: 4
tasks:
  - id: 1
    title: One	# the first

  - {id: 2, title: "Two", labels: [a]}
  - id: 3
    title: Three
END
ok 'help' orch-edit -h
like "$(cat "$T/out")" '*--resume*' 'on standard output'
exits 2 'an operand' orch-edit 1
exits 2 'both' orch-edit -n --resume
refuses 2 'inside an attempt' env ORCH_ATTEMPT=1/1 EDITOR=false orch-edit
exits 1 'nothing to go on with' orch-edit --resume

# What comes of it.
edits 0 'a title' 'sed -i s/One/Uno/ "$1"'
is "$(cat "$T/out" "$T/err")" 1 'its id is printed'
is "$(sed -n 5p tasks.yml)" "    title: Uno	# the first" 'the line is as it was written'
is "$(sed -n '1p;7p' tasks.yml)" "$(printf '%s\n' '# The tasks.' '  - {id: 2, title: "Two", labels: [a]}')" \
	'and so are the others'
is "$(copies)" '' 'no copy is left'
edits 0 'where it is edited' 'stat -c "%a %F" "$1" "${1%/*}" >"$T/mode"; echo "$1" >>"$T/mode"; test -e /proc/self/fd/3 || echo none >>"$T/mode"'
is "$(tr '\n' ' ' <"$T/mode")" "600 regular file 700 directory $(pwd -P)/.orch/edit/1/tasks.yml none " \
	'is private, has its name, and no descriptor is handed on'
is "$(cat "$T/out")" '' 'what is as it was prints nothing'
edits 0 'a new task' 'printf "  - title: Four # by hand\n" >>"$1"'
is "$(cat "$T/out")/$(orch-list 4 -o title)" 4/Four 'gets its id, which is printed'
seq=$(last_event)
edits 0 'a status' 'sed -i "s/title: Four.*/&\n    status: cancelled/" "$1"'
is "$(status 4)" cancelled 'is taken as a person wrote it'
is "$(topics "$seq")" 'task.edited 4' 'and told'
is "$(jq -c "select(.seq > $seq) | .data" .orch/events.jsonl)" '{"from":"new","to":"cancelled"}' 'with what it was'
ok 'by rename' env EDITOR='sh -c '\''sed s/Uno/One/ "$1" >"$1.x" && mv "$1.x" "$1"'\'' sh' orch-edit
is "$(orch-list 1 -o title)" One 'the editor may save as it likes'
is "$(copies)" '' 'and nothing of it is left'

# Which editor.
printf '#!/bin/sh\necho "$1" "$#" >"$T/called"\n' >"$T/ed it"
chmod +x "$T/ed it"
ok 'words and quotes' env EDITOR="'$T/ed it' -x" T="$T" orch-edit
is "$(cat "$T/called")" '-x 2' 'are the shell'\''s'
ok 'VISUAL' env EDITOR=false VISUAL="'$T/ed it'" T="$T" orch-edit
like "$(cat "$T/called")" '*/tasks.yml 1' 'goes before EDITOR'
mkdir "$T/path" && cp "$T/ed it" "$T/path/editor"
ok 'neither' env PATH="$T/path" T="$T" "$ORCH_BIN/orch-edit"
like "$(cat "$T/called")" '*/tasks.yml 1' 'is "editor"'
mv "$T/path/editor" "$T/path/vi"
ok 'nor that' env PATH="$T/path" T="$T" "$ORCH_BIN/orch-edit"
rm "$T/path/vi"
exits 78 'none at all' env PATH="$T/path" "$ORCH_BIN/orch-edit"
is "$(copies)" '' 'leaves no copy'
mkdir -p "$T/w/q; touch hit '\$(touch hit)" && cd "$T/w/q; touch hit '\$(touch hit)" || exit 1
printf 'tasks:\n  - {id: 1, title: a}\n' >tasks.yml
ok 'a folder with a name for a shell' env EDITOR='sed -i s/a}/b}/' orch-edit
is "$(orch-list -o title)/$(find "$T/w" -name hit)" b/ 'is a name'
cd "$T/w/p" || exit 1

# Nothing is changed.
sum=$(cksum <tasks.yml)
edits 1 'an editor that fails' 'exit 3'
like "$(cat "$T/err")" '*ended with status 3: nothing was changed' 'is told'
is "$(copies)" '' 'a copy without work in it goes'
edits 1 'one that is killed' 'kill -9 $$'
like "$(cat "$T/err")" '*ended with status 137: nothing was changed' 'is told'
exits 1 'with the shell that runs it' env EDITOR='kill -9 $$;' orch-edit
like "$(cat "$T/err")" '*ended with status 137: nothing was changed' 'is told'
edits 1 'an empty file' ': >"$1"'
edits 1 'a copy that is gone' 'rm "$1"'
like "$(cat "$T/err")" '*is gone: nothing was changed' 'is told'
exits 1 'an editor that is not there' env EDITOR=no-such-editor orch-edit
is "$(copies)$(cksum <tasks.yml)" "$sum" 'all that changes nothing and leaves nothing'
snapshot
printf '%s\n' 'sed -i "s/One/Uno/" "$1"; echo "$1" >"$T/path_of_copy"' >"$T/editor"
ok 'a dry run' env EDITOR="sh '$T/editor'" T="$T" orch-edit -n
is "$(cat "$T/out")" 1 'prints the ids'
unchanged 'changes nothing'
like "$(cat "$T/path_of_copy")" "$T/tmp/orch-edit.*/tasks.yml" 'has its copy elsewhere'
is "$(ls "$T/tmp")" '' 'which is gone'
ok 'a dry run inside an attempt' env ORCH_ATTEMPT=1/1 EDITOR=true orch-edit -n

# Work that is not in the file is kept.
edits 1 'an editor that fails after it has saved' 'sed -i s/One/Kept/ "$1"; exit 1'
is "$(copies)" '.orch/edit/1/opened.yml .orch/edit/1/tasks.yml ' 'the copy is kept'
like "$(cat "$T/err")" "*$(pwd -P)/.orch/edit/1/tasks.yml*--resume*" 'and named'
is "$(cksum <tasks.yml)" "$sum" 'the file is as it was'
ok 'fsck' orch-fsck
edits 0 'the next one' 'true'
like "$(cat "$T/err")" '*not finished*/.orch/edit/1/tasks.yml*--resume*' 'tells of it'
orch-set 2 priority=low >/dev/null
exits 78 'to go on without an editor' env PATH="$T/path" "$ORCH_BIN/orch-edit" --resume
like "$(copies)" '*/1/tasks.yml*' 'keeps it'
edits 0 'to go on' 'grep -q Kept "$1"' --resume
is "$(cat "$T/out")/$(orch-list 1,2 -o title,priority | tr '\t\n' '  ')" '1/Kept normal Two low ' \
	'works it in, and what was done meanwhile stays'
is "$(copies)" '' 'and the copy goes'
# shellcheck disable=SC2009
printf '%s\n' 'sed -i s/Kept/Killed/ "$1"; kill -9 "$(sed -n "s/^PPid:.//p" "/proc/$PPID/status")"' >"$T/editor"
EDITOR="sh '$T/editor'" sh -c 'orch-edit; exit $?' >"$T/out" 2>"$T/err"
is "$?/$(copies)" '137/.orch/edit/1/opened.yml .orch/edit/1/tasks.yml ' 'orch-edit itself is killed: the copy stays'
edits 0 'the next one' true
like "$(cat "$T/err")" '*not finished*/.orch/edit/1/tasks.yml*' 'tells of it'
edits 0 'and it can be gone on with' true --resume
is "$(orch-list 1 -o title)" Killed 'to the end'
orch-set 1 title=Kept >/dev/null

# All places taken by sessions that were killed: where nothing was saved nothing is kept.
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
	printf '%s\n' "[ $i -ne 3 ] || sed -i s/Kept/Work/ \"\$1\"; [ $i -ne 2 ] || : >\"\${1%/*}/.tasks.yml.swp\"" \
		'kill -9 "$(sed -n "s/^PPid:.//p" "/proc/$PPID/status")"' >"$T/editor"
	EDITOR="sh '$T/editor'" sh -c 'orch-edit; exit $?' >"$T/out" 2>"$T/err"
done
is "$(copies | wc -w)" 32 'sixteen were killed'
touch -d 2020-01-01 .orch/edit/[235]/tasks.yml
edits 0 'the next one' 'echo "$1" >"$T/place"; sed -i s/Two/Second/ "$1"'
like "$(cat "$T/place")/$(orch-list 2 -o title)" '*/.orch/edit/5/tasks.yml/Second' \
	'has the place of the oldest, but for work and what an editor has open'
orch-set 2 title=Two >/dev/null
for i in 1 2 4 5 6 7 8 9 10 11 12 13 14 15 16; do [ ! -d ".orch/edit/$i" ] || echo "# mine" >>".orch/edit/$i/tasks.yml"; done
edits 0 'now there is a place' true
mkdir -m 700 .orch/edit/5 && cp .orch/edit/3/*.yml .orch/edit/5
exits 75 'where something was saved in each there is none' env EDITOR=true orch-edit
is "$(grep -c Work .orch/edit/3/tasks.yml)" 1 'and all of it stays'
rm -r .orch/edit/*

# A typo.
edits 65 'a typo' 'sed -i "s/title: Kept/title: [a/" "$1"'
like "$(cat "$T/err")" "*/.orch/edit/1/tasks.yml:*:*: *" 'is told with the line and the column of the copy'
is "$(orch-list 1 -o title)/$(cksum <"$(pwd -P)/.orch/edit/1/opened.yml")" "Kept/$(cksum <tasks.yml)" 'the file is left alone'
edits 65 'a wrong value' 'sed -i "s/title: \[a/title: a\n    priority: hgih/" "$1"' --resume
like "$(cat "$T/err")" '*task 1: priority: *hgih*' 'is told'
edits 0 'mended' 'sed -i "s/hgih/high/" "$1"' --resume
is "$(orch-list 1 -o title,priority)" "a	high" 'it goes in'
cp tasks.yml "$T/good"
echo '  - [' >>tasks.yml
exits 65 'a typo in the file itself' env EDITOR=false orch-edit
like "$(cat "$T/err")" '*: tasks.yml:*' 'is to be mended there'
cp "$T/good" tasks.yml
edits 65 'a typo that comes meanwhile' 'sed -i s/Three/Tres/ "$1"; echo "  - [" >>tasks.yml'
cp "$T/good" tasks.yml
edits 0 'costs nothing' true --resume
is "$(orch-list 3 -o title)" Tres 'but time'

# On a terminal it asks.
find_program script
cat >"$T/editor" <<'END'
if grep -q '\[typo' "$1"; then sed -i 's/\[typo/mended/' "$1"; else sed -i 's/Tres/[typo/' "$1"; fi
END
ask() { printf '%s\n' "$@" | script -qec "env EDITOR='sh $T/editor' orch-edit" /dev/null >"$T/out" 2>"$T/err"; }
ask x e
is "$?/$(orch-list 3 -o title)" 0/mended 'edited again, it goes in'
like "$(cat "$T/out")" '*tasks.yml:*(e)dit again or (q)uit?*(e)dit again*' 'after it was told and asked twice'
sed -i 's/mended/Tres/' tasks.yml
ask q
is "$?/$(orch-list 3 -o title)" 65/Tres 'given up, it does not'
like "$(copies)" '*/1/tasks.yml*' 'and is kept'
rm -r .orch/edit/1

# What commands do meanwhile.
edits 0 'a task that is added meanwhile' 'orch-add Meanwhile >/dev/null; printf "  - title: Mine\n" >>"$1"'
is "$(cat "$T/out")/$(orch-list title=Meanwhile,Mine -o id,title | sort | tr '\t\n' '  ')" '6/5 Meanwhile 6 Mine ' 'is there, too'
edits 0 'other fields' 'orch-set 2 priority=high >/dev/null; sed -i s/Two/Zwei/ "$1"'
is "$(cat "$T/err")/$(orch-list 2 -o title,priority)" "/Zwei	high" 'are merged'
seq=$(last_event)
edits 0 'the same field' 'orch-set 2 title=Machine >/dev/null; sed -i s/Zwei/Person/ "$1"'
is "$(orch-list 2 -o title)" Person 'is the person'\''s'
like "$(cat "$T/err")" '*task 2: title was changed on both sides: kept is "Person", not "Machine"' 'which is told'
like "$(cat .orch/conflicts/*.txt)" 'task 2: title was changed*' 'kept'
is "$(find .orch/conflicts -type f | sed 's/.*g0*//; s/\.txt//')" "$(jq -s "map(select(.seq > $seq))[0].gen" .orch/events.jsonl)" \
	'under the generation that it became'
is "$(topics "$seq")" 'task.conflict 2' 'and an event'
edits 0 'a status that a command moved' 'orch-route -q -a cat 3 >/dev/null 2>&1; sed -i "s/title: Tres/&\n    status: done/" "$1"'
is "$(status 3)" routed 'is the commands'\'''
seq=$(last_event)
edits 0 'a task is removed' 'sed -i "/title: Four/,/id: 4/d" "$1"'
is "$(cat "$T/out")$(topics "$seq")/$(orch-list all -o id | sort | tr '\n' ' ')" 'task.removed 4/1 2 3 5 6 ' 'and told'
is "$(orch-add Next)" 7 'its id is not given again'
edits 0 'one that a command changes meanwhile' 'orch-set 5 body=x >/dev/null; sed -i "/id: 5/,/status: new/d" "$1"'
is "$(orch-list 5 -o body)" x 'stays'
like "$(cat "$T/err")" '*task 5: was removed by hand*: it stays*' 'and is told'
edits 0 'two at once' "EDITOR='sed -i s/Person/Inner/' orch-edit >/dev/null; sed -i 's/One/Uno/; s/title: a/title: Outer/' \"\$1\""
is "$(orch-list 1,2 -o title | tr '\n' ' ')" 'Outer Inner ' 'are two copies'
sed -i 's/Inner/Hand/' tasks.yml
edits 0 'an edit in the file before' 'sed -i s/Outer/First/ "$1"'
is "$(orch-list 1,2 -o title | tr '\n' ' ')" 'First Hand ' 'is there, too'
is "$(copies)" '' 'no copy is left'
valid 'and the file is valid'

# Killed before each durable step: the edit is in the file, or in a copy that is told of,
# or the editor never had it.
cp -a . "$T/before"
printf '%s\n' 'sed -i s/Next/KILLED/ "$1"' >"$T/editor"
export EDITOR="sh '$T/editor'"
ORCH_TEST_STEPS="$T/steps" orch-edit >/dev/null 2>&1
steps=$(wc -l <"$T/steps") k=0 wrong=0 kept=0
while [ "$k" -lt "$steps" ]; do
	k=$((k + 1))
	cd "$T/w" && rm -rf k && cp -a "$T/before" k && cd k || exit 1
	ORCH_TEST_CRASH_AT="$k" sh -c 'orch-edit; exit $?' >"$T/out" 2>"$T/err"
	got=$? why=
	[ "$got" -eq 137 ] && [ ! -s "$T/out" ] || why="ended with $got"
	orch-add -q 'What follows' >/dev/null || why="$why; next"
	if grep -qs KILLED .orch/edit/1/tasks.yml; then
		kept=$((kept + 1))
		EDITOR=true orch-edit --resume >/dev/null 2>&1 || why="$why; no resume"
	elif ! grep -q KILLED tasks.yml; then
		orch-edit >/dev/null 2>&1 || why="$why; not again"
	fi
	[ "$(grep -c 'title: KILLED' tasks.yml)/$(grep -c 'title: What follows' tasks.yml)" = 1/1 ] || why="$why; lost"
	[ -z "$(find . -name '*.orch-*')" ] && [ -z "$(orch-fsck -q)" ] || why="$why; $(find . -name '*.orch-*') $(orch-fsck)"
	[ -z "$why" ] || { wrong=$((wrong + 1)) && note "before step $k, $(sed -n "${k}p" "$T/steps"): $why"; }
done
[ "$steps" -gt 12 ] && [ "$kept" -gt 5 ] && [ "$kept" -lt "$steps" ]
result $? "$steps steps, before $kept of them a copy was kept"
is "$wrong" 0 'nothing is lost before any of them'
cd "$T/w/p" || exit 1
ok 'all is well' orch-fsck
done_testing
