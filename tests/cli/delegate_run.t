#!/bin/sh
# What an attempt hands to others: children in the commit that settles it, plans first,
# and what came of them in the prompt of the attempt that goes on.
# shellcheck disable=SC2016 # some words are for another shell
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

project
settings() { printf 'isolation: none\nretry: {base: 0s, jitter: 0}\naccept: unchecked\n%s\n' "$1" >orch.yml; }
settings 'children: {max: 4}'

# answers ID JSON: an attempt that answers so
answers() { orch-run -q "$1" -- printf '%s' "$2" >"$T/out" 2>"$T/err"; }
# tells ID: status, class, error, children
tells() { orch-list "$1" --json | jq -r '[.status, .error_class // "-", .last_error // "-", (.children // [] | map(tostring) | join(","))] | join("|")'; }

# ---- the answer ----

one=$(orch-add 'Delegates')
answers "$one" '{"status":"blocked","summary":"in two","delegations":[{"title":"A","depends_on":[1]},{"title":"B","suggested_agent":"sh"}]}'
is "$?/$(tells "$one")" '75/blocked|-|-|2,3' 'the parts are children'
is "$(orch-list 2..3 --json | jq -c '[.title, .parent_id, .depends_on, .agent, .created_by]' | tr '\n' ' ')" \
	'["A",1,[3],null,"agent of task 1"] ["B",1,null,null,"agent of task 1"] ' 'with links and dependencies'
like "$(field 3 route_warning)" "suggested agent 'sh' was not taken: *" 'an agent that runs what it is given is not taken'
is "$(jq -r '[.task, .data.event, .gen] | join(" ")' .orch/events.jsonl | tail -n 3 | awk '{ print $1, $2, $3 - g; g = $3 }' | sed '1s/ [0-9]*$//' | tr '\n' ';')" \
	'2 add;3 add 0;1 delegate 0;' 'all in the commit that settles it'

# refused NAME ANSWER MESSAGE: nothing is made, and the next attempt hears of it
refused() {
	id=$(orch-add "Refused: $1")
	answers "$id" "$2"
	like "$(tells "$id")" "routed|invalid_output|delegations refused: $3|" "$1"
	is "$(orch-list parent_id="$id" -o id)" '' "$1: nothing is made"
	like "$(orch-context "$id")" "*attempt 1: invalid_output*message: delegations refused: $3*" "$1: the next attempt is told"
}
refused 'more than children.max' '{"status":"blocked","delegations":[{"title":"a"},{"title":"b"},{"title":"c"},{"title":"d"},{"title":"e"}]}' \
	'task * would have 5 children: at most 4 (children.max)'
refused 'a circle' '{"status":"blocked","delegations":[{"title":"a","depends_on":[0]}]}' 'at delegations.0.depends_on: a circle: 0 -> 0'
refused 'a blank title' '{"status":"blocked","delegations":[{"title":"a"},{"title":" "}]}' 'at delegations.1: title: must not be blank'
refused 'itself' '{"status":"blocked","delegations":[{"title":"refused:  ITSELF"}]}' 'at delegations.0: it is task * itself'

# many N: an answer with so many delegations
many() { awk -v n="$1" 'BEGIN { printf "{\"status\":\"blocked\",\"delegations\":["; for (i = 0; i < n; i++) printf "%s{\"title\":\"part %d\"}", i ? "," : "", i; print "]}" }'; }
many 30000 >"$T/many"
many 100000 >"$T/too-many"
id=$(orch-add 'Many')
orch-run -q "$id" -- cat "$T/many" >/dev/null 2>&1
is "$(tells "$id")" 'routed|invalid_output|answer: at delegations: a count of at most 100 expected, found 30000|' 'a list that is too long is named'
orch-run -q "$id" -- cat "$T/too-many" >/dev/null 2>&1
like "$(tells "$id")" "routed|invalid_output|its output is too long, $(($(wc -c <"$T/too-many") - 1114112)) bytes of it were not kept, and in the rest: *|" \
	'so is an answer of which not all was kept'
orch-run -q "$id" -- sh -c 'cat "$1" >"$ORCH_RESULT"' - "$T/too-many" >/dev/null 2>&1
like "$(tells "$id")" "routed|invalid_output|*result.json*is larger than 1048576 bytes|" 'and a file that is too long'
jq -c .delegations "$T/too-many" >"$T/list"
exits 65 'orch-delegate with as many' orch-delegate "$id" --json "$T/list"
like "$(cat "$T/err")" '*at delegations: a count of at most 100 expected, found 100000*' 'says so'
is "$(tells "$id" | cut -d '|' -f 4)" '' 'none of them is made'

id=$(orch-add 'Asks and delegates')
answers "$id" '{"status":"blocked","question":"which?","delegations":[{"title":"a"}]}'
is "$(tells "$id")" 'needs_review|-|-|' 'who asks is heard first'
like "$(orch-list "$id" -o history)" '*1 delegations left out: it asks first*' 'and that nothing was made is told'

settings 'budget: {tree: {attempts: 1}}'
id=$(orch-add 'Over budget')
answers "$id" '{"status":"blocked","delegations":[{"title":"a"}]}'
like "$(tells "$id")" 'failed|-|-|' 'a task whose budget is used up makes no others'
like "$(field "$id" reason)" '*budget*' 'and says so'
settings 'children: {max: 4}'

# ---- the same again ----

printf '%s\n' 2 3 | orch-set -q - command=true >/dev/null
orch-route -q 2 3 >/dev/null
orch-run -q 3 >/dev/null && orch-run -q 2 >/dev/null
is "$(status 1)" routed 'the parent goes on when both have ended'
answers 1 '{"status":"blocked","reason":"still in two","delegations":[{"title":" a"},{"title":"b"}]}'
is "$(tells 1)/$(field 1 question)" 'needs_review|-|-|2,3/still in two' 'who asks again for what was done is no delegation'
orch-answer -q 1 'go on' >/dev/null
answers 1 '{"status":"blocked","delegations":[{"title":"a"},{"title":"C","depends_on":[0]}]}'
is "$(orch-list 1 --json | jq -c .children)" "[2,3,$(orch-list title=C -o id)]" 'what is new of a list is made'
is "$(field "$(orch-list title=C -o id)" 'depends_on|tostring')" '[2]' 'and can wait for what is there'

# ---- from inside, by a shell that knows of no answer ----

cat >"$T/shell" <<'END_OF_SHELL'
orch-delegate --add one -l x && orch-delegate --json - <<'JSON' &&
{"title":"two"}
{"title":"three","depends_on":[0]}
JSON
orch-delegate "$ORCH_TASK" --add ONE || exit 3
[ "$(orch-delegate -v --add one 2>&1)" = 'orch-delegate: 1 parts: they are made when the attempt has ended well' ] || exit 4
! orch-delegate --add "$(printf 'a\nb')" 2>>"$ORCH_OUT/told" || exit 5
! orch-delegate --add 'from a SHELL' 2>>"$ORCH_OUT/told" || exit 6
! orch-delegate --add four --add five 2>>"$ORCH_OUT/told" || exit 7
! orch-delegate 1 --add x 2>>"$ORCH_OUT/told" || exit 8
! orch-delegate --join 2>>"$ORCH_OUT/told" || exit 9
orch-delegate -n --add four || exit 10
END_OF_SHELL
id=$(orch-add -a sh --command ". $T/shell" 'From a shell')
exits 75 'a command that delegates' orch-run "$id"
told=.orch/runs/$id/1/out/told
is "$(orch-list parent_id="$id" --json | jq -c '[.title, .labels, (.depends_on // [] | length)]' | tr '\n' ' ')" \
	'["one",["x"],0] ["two",null,0] ["three",null,1] ' 'all that it noted, each once'
kids=$(orch-list parent_id="$id" -o id)
is "$(orch-list title=three --json | jq .depends_on[0])" "$(orch-list title=two -o id)" 'positions are those of its own list'
is "$(wc -l <"$told")" 5 'what would be refused is refused at once' || note "$(cat "$told")"
like "$(cat "$told")" '*title*task * itself*5 children: at most 4*no other*nothing is changed from inside an attempt*' 'in words'
printf '%s\n' "$kids" | orch-set -q - command=true >/dev/null
printf '%s\n' "$kids" | orch-route -q - >/dev/null
orch-run -q --ready >/dev/null 2>&1
orch-run -q --ready >/dev/null 2>&1
is "$(tells "$id")" "done|-|-|$(printf '%s\n' "$kids" | paste -sd,)" 'it runs again, asks for nothing new, and that is its end'
is "$(grep -c "\"task\":$id,.*\"event\":\"join\"" .orch/events.jsonl)/$(field "$id" attempts)" 1/2 'joined once'

id=$(orch-add 'Both')
cat >"$T/both" <<'END_OF_SHELL'
orch-delegate --add Noted --add Twice
echo '{"status":"blocked","delegations":[{"title":"Answered"},{"title":"twice"}]}'
END_OF_SHELL
orch-run -q "$id" -- sh "$T/both" >/dev/null 2>&1
is "$(orch-list parent_id="$id" -o title | tr '\n' ' ')" 'Answered twice Noted ' 'request and answer are one list'
id=$(orch-add -a sh --command 'orch-delegate --add Lost; exit 1' 'Fails after all')
orch-run -q "$id" >/dev/null 2>&1
is "$(tells "$id" | cut -d '|' -f 1,2,4)" 'routed|crashed|' 'an attempt that fails delegates nothing'
for wrong in 'no json' '[{"title":""}]' '{"title":"x"}' '[{"title":"x","depends_on":[3]}]'; do
	id=$(orch-add -a sh --command "echo '$wrong' >\$ORCH_OUT/delegations.jsonl" "By hand: $wrong" | tr -d '\n')
	orch-run -q "$id" >/dev/null 2>&1
	is "$(tells "$id" | cut -d '|' -f 1,2,4)" 'routed|invalid_output|' "a request by hand: $wrong"
done
id=$(orch-add -a sh --command 'mkfifo $ORCH_OUT/delegations.jsonl' "A request that is a pipe")
orch-run -q "$id" >/dev/null 2>&1
is "$(tells "$id" | cut -d '|' -f 1,2,4)" 'routed|invalid_output|' 'one that is a pipe is not waited for'

# ---- plans ----

mkdir -p orch.d/agents
cat >orch.d/agents/think.yml <<YML
id: think
bin: [$T/think]
stdin: prompt
argv: {run: []}
perm: {read: [--may-read], edit: [--may-edit]}
YML
cat >"$T/think" <<SCRIPT
#!/bin/sh
echo "\$*" >>$T/argv
cat >$T/prompt
touch "\$PWD/written" 2>/dev/null && echo written >>$T/argv
cat $T/answer
SCRIPT
chmod +x "$T/think"
settings ''
id=$(orch-add -a think -l plan 'Divide me')
echo '{"status":"done","summary":"did it all"}' >"$T/answer"
orch-run -q "$id" >/dev/null 2>&1
is "$(tells "$id")" 'routed|no_work|the task is to be divided first (label plan), but nothing is delegated|' 'a plan without parts has failed'
like "$(cat "$T/prompt")" '*This attempt only divides the task.*' 'the prompt says what is wanted'
is "$(tr '\n' ' ' <"$T/argv")" '--may-read ' 'it may read, and can write nothing'
echo '{"status":"needs_review","question":"how?"}' >"$T/answer"
orch-run -q "$id" >/dev/null 2>&1
is "$(status "$id")" needs_review 'a question is heard'
orch-answer -q "$id" 'in parts' >/dev/null
echo '{"status":"blocked","delegations":[{"title":"P1"},{"title":"P2"},{"title":"P3"},{"title":"P4","depends_on":[2]},{"title":"P5"}]}' >"$T/answer"
orch-run -q "$id" >/dev/null 2>&1
is "$(status "$id")/$(orch-list parent_id="$id" -o id | wc -l)" blocked/5 'it plans again, and its parts are made'
is "$(tail -n 1 "$T/argv")" --may-read 'reading'

# What came of them: one done with a branch, one failed, one withdrawn, one skipped, and one
# that nobody has begun.
P() { orch-list "title=P$1" -o id; }
p1=$(P 1) p2=$(P 2) p3=$(P 3) p4=$(P 4) p5=$(P 5)
orch-set -q "$p1" isolation=worktree >/dev/null
orch-run -q "$p1" -- sh -c 'echo x >f; printf "%s" "{\"status\":\"done\",\"summary\":\"P1 is there\",\"remaining\":[\"a rest\"]}"' >/dev/null 2>&1
orch-set -q "$p2" agent=sh command='echo broken >&2; exit 3' max_attempts=1 >/dev/null
orch-route -q "$p2" >/dev/null
orch-run -q "$p2" >/dev/null 2>&1
orch-cancel -q --reason 'not wanted' "$p3" >/dev/null
is "$(status "$p1")/$(status "$p2")/$(status "$p3")/$(status "$p4")/$(status "$p5")/$(status "$id")" \
	done/failed/cancelled/skipped/new/routed 'one of each, and the parent goes on because the first of them failed'
orch-context "$id" >"$T/context"
sed -n '/title="results"/,/^<<<end/p' "$T/context" | sed '1d; $d' >"$T/results"
cat >"$T/want" <<WANT
child $p1 (done): P1
  summary: P1 is there
  branch: orch/$p1-p1
  remaining: a rest
  files changed: f
child $p2 (failed): P2
  reason: attempts used up (1 of 1)
  error: exit status 3: broken
child $p3 (cancelled): P3
  reason: not wanted
child $p4 (skipped): P4
  reason: task $p3 is cancelled
child $p5 (new): P5
WANT
cmp -s "$T/want" "$T/results"
result $? 'its prompt says what came of each of them' || note "$(diff "$T/want" "$T/results")"
is "$(orch-context "$id" | cksum)" "$(cksum <"$T/context")" 'the same bytes each time'
echo '{"status":"done","summary":"put together"}' >"$T/answer"
orch-run -q "$id" >/dev/null 2>&1
is "$(status "$id")/$(tail -n 2 "$T/argv" | tr '\n' ' ')" 'done/--may-edit written ' 'a normal attempt ends it'
like "$(cat "$T/prompt")" '*child '"$p1"' (done): P1*' 'which had that prompt'
! grep -q 'only divides' "$T/prompt"
result $? 'and was not told to divide'

# Long results: each has its share, whoever comes first.
settings 'context: {results: 2K}'
id=$(orch-add 'Long ones')
orch-delegate -q "$id" --add L1 --add L2 --add L3 --add L4 >/dev/null
perl -i -pe 'if (/title: L[123]$/) { $_ .= "    summary: " . "long " x 2000 . "\n" } elsif (/title: L4/) { $_ .= "    summary: short\n" }' tasks.yml
orch-context "$id" >"$T/context"
is "$(grep -c '^child ' "$T/context")/$(grep -c 'bytes left out' "$T/context")/$(grep -c 'summary: short' "$T/context")" 4/3/1 'a long summary hides no child behind it'
orch-context --explain "$id" | awk -F '\t' '$1 == "results" { exit !($2 > 1200 && $2 <= 2048) }'
result $? 'within context.results'
done_testing
