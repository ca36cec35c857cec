#!/bin/sh
# orch-add: what it writes, prints and refuses.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"

# numbers: the seq of all events.
numbers() { jq .seq .orch/events.jsonl; }

project && printf "projects: {web: .}\n" >orch.yml
ok 'help' orch-add -h
like "$(cat "$T/out")" '*--dedupe*' 'on standard output'
is "$(cat "$T/err")" '' 'and nothing else'
ok 'help wins over what else is there' orch-add --json x -n 'T' -h
ok 'version' orch-add --version
like "$(cat "$T/out")" 'orch-add [0-9]*' 'is printed'

ok 'a title' orch-add 'First'
is "$(cat "$T/out")" 1 'the id is printed'
is "$(cat "$T/err")" '' 'and nothing else'
is "$(orch-list -o id,status,title,created_at,created_by,agent)" \
	"$(printf '1\tnew\tFirst\t2026-01-02T03:04:05Z\torch-add\t')" 'the task'
is "$(stat -c %a .orch)" 700 '.orch is private'

ok 'all options' orch-add -a sh -b 'body, here' --command 'echo a, b' -d 1 --key k-1 \
	-l docs -l a-b --parent 1 -p urgent --project web --set timeout=90s --set complexity=simple \
	--verify 'test a, b' --verify 'test c' 'Second'
is "$(orch-list 2 --json | jq -c 'del(.schema, .created_at, .created_by, .updated_at, .history)')" \
	"$(jq -cn '{id: 2, key: "k-1", title: "Second", body: "body, here", labels: ["docs", "a-b"],
	priority: "urgent", project: "web", status: "routed", depends_on: [1], parent_id: 1, agent: "sh",
	complexity: "simple", timeout: "90s", command: "echo a, b", verify: ["test a, b", "test c"]}')" \
	'every one is there'
is "$(field 1 'children | tostring')" '[2]' 'its parent knows it'
ok 'labels by commas' orch-add -l a,b 'Third'
is "$(field 3 'labels | tostring')" '["a","b"]' 'are several'
ok 'an operand after --' orch-add -- -t
is "$(field 4 title)" -t 'is a title'
is "$(numbers | tr '\n' ' ')" '1 2 3 4 ' 'four events, numbered'

printf 'From\nstdin: "é"\n' | orch-add --body-file - 'Fifth' >"$T/out"
is "$(field 5 body)" "$(printf 'From\nstdin: "é"')" 'a body from standard input'
printf 'x' >body.txt
ok 'a body from a file' orch-add --body-file body.txt 'Sixth'
is "$(field 6 body)" x 'without a newline'
refuses 71 'a body that is not there' orch-add --body-file nowhere 'T'
refuses 71 'a body that is a folder' orch-add --body-file . 'T'

# Misuse.
refuses 2 'no title' orch-add
refuses 2 'an empty title' orch-add ''
refuses 2 'a title of one blank' orch-add ' '
refuses 2 'two titles' orch-add A B
refuses 2 'an unknown option' orch-add --lable x T
like "$(cat "$T/err")" '*--lable*--label*' 'it is named, with the nearest'
refuses 2 'an option without its value' orch-add T --label
refuses 2 'a priority that is none' orch-add -p hihg T
like "$(cat "$T/err")" '*hihg*urgent high normal low*' 'with those that there are'
refuses 2 'a dependency that is none' orch-add -d 99 T
like "$(cat "$T/err")" '*no task 99*' 'named'
refuses 2 'a parent that is none' orch-add --parent 99 T
refuses 2 'an empty body' orch-add -b '' T
refuses 2 'an empty label' orch-add -l '' T
refuses 2 'a field that is none' orch-add --set titel=x T
like "$(cat "$T/err")" '*titel*title*' 'with the nearest'
refuses 2 'a field of the machine' orch-add --set attempts=3 T
refuses 2 'the status' orch-add --set status=done T
refuses 2 'an id' orch-add --set id=7 T
refuses 2 'a time that is too long' orch-add --set timeout=8d T
refuses 2 'a number that is too great' orch-add --set max_attempts=101 T
refuses 2 'a key that is taken' orch-add --key k-1 T
like "$(cat "$T/err")" '*k-1*task 2*' 'by whom'
refuses 2 '--json with a title' orch-add --json - T
refuses 2 '--json with a field' orch-add --json - -l x
refuses 2 '--set without a value' orch-add --set title T

# -n writes nothing, but says what would be.
snapshot
ok 'a dry run' orch-add -n -a sh 'Seventh'
is "$(cat "$T/out")" 7 'prints the id'
untouched 'and writes nothing'
refuses 2 'a dry run checks too' orch-add -n -d 99 T

# Dedupe.
ok 'the same title and body' orch-add --dedupe '  fIRST '
is "$(cat "$T/out")" 1 'is the task that is there'
ok 'another body' orch-add --dedupe -b other 'First'
is "$(cat "$T/out")" 7 'is another task'
ok 'a key that is there' orch-add --dedupe --key k-1 'Not the second'
is "$(cat "$T/out")" 2 'is that task, whatever its title'
ok 'a new key and an old title' orch-add --dedupe --key k-2 'First'
is "$(cat "$T/out")" 8 'is a task of its own: keys decide'

# NDJSON.
cd "$T/w" && project json && orch-add 'One' >/dev/null && orch-add --key k-1 'Two' >/dev/null
cat >in.json <<END
{"key":"a","title":"A","labels":["x"]}

	{"key":"b","title":"B","depends_on":["a",1],"parent_id":"k-1"}
{"title":"C","custom":{"deep":[1,2]},"depends_on":["b"]}
END
ok 'three objects' orch-add --json in.json
is "$(cat "$T/out")" "$(printf '3\n4\n5')" 'three ids'
is "$(orch-list 4,5 -o depends_on,parent_id)" "$(printf '3,1\t2\n4\t')" 'keys became ids'
is "$(field 5 'custom.deep | tostring')" '[1,2]' 'an unknown key is kept'
is "$(field 2 'children | tostring')" '[4]' 'the parent knows'
is "$(numbers | tail -n 3 | tr '\n' ' ')" '3 4 5 ' 'an event each'
ok 'the same again with --dedupe' orch-add --dedupe --json - <in.json
is "$(tr '\n' ' ' <"$T/out")" '3 4 5 ' 'gives the same ids'
is "$(orch-list | wc -l)" 5 'and no task more'
for input in '' '\n' ' \n\t\n\r\n'; do
	snapshot
	printf '%b' "$input" | orch-add --json - >"$T/out" 2>"$T/err"
	is "$?/$(cat "$T/out" "$T/err")" 0/ 'an empty input is done'
	untouched 'and writes nothing'
done
ok 'an object without a newline at its end' sh -c 'printf "{\"title\":\"N\"}" | orch-add --json -'
is "$(cat "$T/out")" 6 'is one'

# One bad line refuses all: where it stands, and what is wrong with it.
while IFS='	' read -r line want what; do
	printf '{"title":"good 1"}\n{"title":"good 2"}\n%b\n{"title":"good 4"}\n' "$line" >bad.json
	refuses "$want" "$what" orch-add --json bad.json
	like "$(cat "$T/err")" '*[!0-9]3[!0-9]*' "$what: the line is named"
done <<'END'
{"title":"a"	65	broken JSON
{"title":"a"} {"title":"b"}	65	two objects in a line
{"title":"a"}x	65	something behind it
["title"]	65	a list
"title"	65	a text
null	65	null
{}	65	no title
{"title":""}	65	an empty title
{"title":" \\t"}	65	a blank title
{"title":"a\\u000ab"}	65	a title of two lines
{"title":5}	65	a title that is a number
{"title":"a","title":"b"}	65	a key twice
{"title":"a","status":"done"}	65	a status
{"title":"a","id":5}	65	an id
{"title":"a","attempts":-1}	65	a field of the machine
{"title":"a","priority":"hihg"}	65	a priority that is none
{"title":"a","labels":"x"}	65	a text in the place of a list
{"title":"a","labels":[1]}	65	a number in the place of a text
{"title":"a","depends_on":[1.5]}	65	an id that is no integer
{"title":"a","depends_on":[0]}	65	an id of 0
{"title":"a","depends_on":[18446744073709551617]}	65	an id that overflows
{"title":"a","max_attempts":1e999}	65	an infinite number
{"title":"a","body":"\\ud800"}	65	half a surrogate
{"title":"a","body":"\\u0000"}	65	a NUL
{"title":"a\0377"}	65	a byte that is no UTF-8
{"title":"a",}	65	a comma too many
{'title':'a'}	65	single quotes
{"title":"a"} // no	65	a comment
END
for line in '{"title":"a","depends_on":[99]}' '{"title":"a","depends_on":["nobody"]}' \
	'{"title":"a","key":"k-1"}' '{"title":"a","parent_id":99}'; do
	printf '{"title":"good 1"}\n{"title":"good 2"}\n%s\n' "$line" >bad.json
	snapshot
	got=0
	orch-add --json bad.json >"$T/out" 2>"$T/err" || got=$?
	case $got in 2 | 65) got=good ;; esac
	is "$got" good "refused: $line"
	unchanged 'nothing changed'
done
printf '{"title":"a","key":"same"}\n{"title":"b","key":"same"}\n' >bad.json
refuses 2 'one key for two of the input' orch-add --json bad.json

# A null says nothing: the task is as if the key were not there.
ok 'an agent that is null' orch-add --json - <<END
{"title":"nobody","agent":null,"labels":null}
END
is "$(orch-list "$(cat "$T/out")" -o status,agent)" "$(printf 'new\t')" 'is none: the task is new'

cd "$T/w" && project null
refuses 65 'a title that is null' orch-add --json - <<END
{"title":null}
END
valid 'the file is still one'

# The last id that there is: whatever is said of it, the file stays one.
cd "$T/w" && project last
printf 'next_id: 999999999999999999\ntasks: []\n' >tasks.yml
orch-add 'Last' >"$T/out" 2>"$T/err"
orch-add 'One more' >"$T/out" 2>"$T/err"
is "$?/$(wc -l <"$T/err")" 65/1 'when ids are used up that is said'
valid 'and the file can be read'

# Large ones.
cd "$T/w" && project large
head -c 600000 /dev/zero | tr '\0' x >big.txt
ok 'a body of 600 kB' orch-add --body-file big.txt 'Big'
is "$(field "$(cat "$T/out")" body | wc -c)" 600001 'is stored whole'
head -c 1100000 /dev/zero | tr '\0' x >big.txt
refuses 65 'a body of more than 1 MiB' orch-add --body-file big.txt T
title=$(head -c 100000 /dev/zero | tr '\0' t)
got=0
snapshot
orch-add "$title" >"$T/out" 2>"$T/err" || got=$?
if [ $got -eq 0 ]; then
	is "$(field "$(cat "$T/out")" title)" "$title" 'a title of 100 kB is stored exactly'
else
	is "$got" 2 'a title of 100 kB is refused'
	unchanged 'and nothing changed'
fi
awk 'BEGIN { for (i = 0; i < 1000; i++) printf "{\"key\":\"n%d\",\"title\":\"Task %d\"}\n", i, i }' >many.json
ok 'a thousand at once' orch-add --json many.json
is "$(sort -u "$T/out" | wc -l)" 1000 'have a thousand ids'
is "$(orch-list -o key | grep -c '^n[0-9]*$')" 1000 'and are there'
done_testing
