#!/bin/sh
# orch-answer: the answer in the task, in the next prompt, and the session that goes on.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

# asks ID [ARG..]: runs it with an agent that asks
asks() { orch-run "$@" -- echo '{"status":"needs_review","question":"80 or 8080?","needs_help":true}' >/dev/null 2>&1; }

ok '-h' orch-answer -h
like "$(cat "$T/out")" 'Usage: orch-answer *answer the question of a task*' 'usage, purpose, options'
project
orch-add --set isolation=none 'Choose the port' >/dev/null
refuses 2 'nothing at all' orch-answer
refuses 2 'no answer' orch-answer 1
refuses 2 'no id' orch-answer 80 8080 90
refuses 2 'what is no id' orch-answer x 8080
refuses 2 'no such task' orch-answer 99 8080
like "$(cat "$T/err")" '*no task 99' 'is named'
refuses 1 'a task that is new' orch-answer 1 8080
is "$(cat "$T/err")" 'orch-answer: task 1: has no open question: orch-inbox lists the tasks that wait for a person' \
	'is told what has'

asks 1
refuses 2 'an empty answer' orch-answer 1 ''
refuses 2 'a blank one' sh -c 'printf " \n" | orch-answer 1 -'
refuses 65 'one that is no UTF-8' orch-answer 1 "$(printf 'a\377')"
refuses 65 'one with a NUL' sh -c 'printf "a\\000b" | orch-answer 1 -'
refuses 65 'one that is too long' sh -c 'head -c 1048577 /dev/zero | tr "\\0" x | orch-answer 1 -'
export ORCH_ATTEMPT=7/1
refuses 2 'one from inside an attempt' orch-answer 1 8080
like "$(cat "$T/err")" '*attempt (7/1)*' 'of which one'
unset ORCH_ATTEMPT
snapshot
ok 'a dry run' orch-answer -n 1 8080
is "$(cat "$T/out")" 1 'prints the id'
like "$(cat "$T/err")" 'orch-answer: task 1: the next attempt begins a new session with the full context: *' \
	'and where the next attempt goes on'
untouched 'and changes nothing'

printf 'one\n  two: "three" # four\n\t\302\205\001 $(id) {{title}} \\n\n\n' >"$T/text"
lines=$(wc -l <.orch/events.jsonl)
ok 'an answer of all that there is' sh -c "orch-answer 1 - <'$T/text'"
is "$(cat "$T/out")" 1 'prints the id'
is "$(orch-list 1 --json | jq -r .status,.attempts,.needs_help,.reason | tr '\n' ' ')" 'routed 1 null null ' 'moves the task on'
orch-list 1 --json | jq -j .answer | cmp -s - "$T/text"
result $? 'it is data, to the byte'
is "$(orch-list 1 -o question)" '80 or 8080?' 'the question stays with it'
is "$(tail -n +$((lines + 1)) .orch/events.jsonl | jq -c '[.topic, .task, .attempt, .data.event, .data.question]')" \
	"$(printf '%s\n' '["task.routed",1,1,"answer",null]' '["task.answered",1,1,null,"80 or 8080?"]')" \
	'both events are told'
is "$(tail -n 2 .orch/events.jsonl | jq .gen | uniq | wc -l)" 1 'in one commit'
like "$(orch-list 1 --json | jq -r '.history[-1] | "\(.status) \(.note)"')" 'routed answered: one two: *' 'a line of history'
snapshot
ok 'the same once more' sh -c "orch-answer -q 1 - <'$T/text'"
unchanged 'is done already'
refuses 1 'another answer' orch-answer 1 8080
ok 'the next attempt' orch-run 1 -- sh -c 'cat >prompt; echo "{\"status\":\"done\",\"summary\":\"x\"}"'
grep -qF 'answer: one' prompt && grep -qF 'question: 80 or 8080?' prompt
result $? 'gets question and answer'
refuses 1 'a task in review' orch-answer 1 8080
like "$(cat "$T/err")" '*in_review*' 'says where it is'

# A second question is open again; what is parked for another reason is not.
id=$(orch-add --set isolation=none 'Two questions')
asks "$id" && exit 1
orch-answer -q "$id" first >/dev/null
asks "$id" && exit 1
is "$(orch-list "$id" -o status,question,answer)" "$(printf 'needs_review\t80 or 8080?\t')" 'a second question is open'
ok 'and can be answered' orch-answer "$id" second
sed -i "/^  - id: $id\$/,\$s/^    status: routed/    status: needs_review\n    reason: refused/" tasks.yml
refuses 1 'what was parked after its answer' orch-answer "$id" third
is "$(cat "$T/err")" "orch-answer: task $id: asks nothing, it is parked because of: refused: put it back with orch-retry" 'says why'
id=$(orch-add --set isolation=none 'Dashes')
asks "$id" && exit 1
ok 'one that begins with a dash' orch-answer -q "$id" -- '-n'
is "$(orch-list "$id" -o answer)" -n 'is an answer'

# The session: an agent that has one, and can go on in it.
mkdir -p orch.d/agents
cat >"$T/talker" <<'END'
#!/bin/sh
echo '{"type":"start","session":"s-1"}'
echo '{"type":"end","text":"{\"status\":\"needs_review\",\"question\":\"Which?\"}"}'
END
chmod +x "$T/talker"
cat >orch.d/agents/talker.yml <<END
id: talker
bin: [$T/talker]
stdin: none
format: jsonl
answer: json
argv: {run: [], resume: ["--resume", "{session}"]}
perm: {edit: []}
field: {session: ["type=start : session"], text: ["type=end : text"]}
ok: {exit: [0], need: "type=end"}
END
sed '/^argv/s/, resume: .*/}/; s/^id: talker/id: mute/' orch.d/agents/talker.yml >orch.d/agents/mute.yml
git add -A && git commit -qm 'An agent'

# says NAME WANT [SED]: what orch-answer says of a task that talker has asked about
says() {
	id=$(orch-add -a talker "$1")
	orch-run "$id" >/dev/null 2>&1
	sed -i "/^  - id: $id\$/,\$ { ${3-} }" tasks.yml
	[ -z "${4-}" ] || (eval "$4")
	ok "$1" orch-answer "$id" this
	like "$(cat "$T/err")" "orch-answer: task $id: the next attempt $2" 'says where it goes on'
}
says 'A session that is there' "goes on in session 's-1' of agent talker, in '/*/$((id + 1))-a-session-that-is-there'"
is "$(orch-list "$id" -o status,session)" "$(printf 'routed\ts-1')" 'it is kept'
new='begins a new session with the full context:'
says 'A folder that is gone' "$new session 's-1' is gone with its folder '*'" '' \
	'rm -rf "$(orch-list "$id" -o worktree)"'
says 'Records that are gone' "$new the records of the attempt before are gone, and session 's-1' with them" '' \
	'rm -r ".orch/runs/$id/1"'
says 'An agent that cannot resume' "$new session 's-1' is one of agent talker, the task's is mute now" 's/agent: talker/agent: mute/'
says 'An agent that never could' "$new agent mute cannot go on in session 's-1'" 's/agent: talker/agent: mute/' \
	'sed -i s/talker/mute/ ".orch/runs/$id/1/attempt.json"'
says 'An agent that is gone' "$new session 's-1' cannot be gone on in: no agent 'gone'*" 's/agent: talker/agent: gone/' \
	'sed -i s/talker/gone/ ".orch/runs/$id/1/attempt.json"'
says 'No session' "$new the agent told of no session" '/session: s-1/d'

# And so it does: the same session in the same folder, or a new one with all of it.
cat >"$T/talker" <<END
#!/bin/sh
cat >"$T/got"
echo "\$PWD" >"$T/where"
echo "\$*" >"$T/args"
case "\$*" in --resume*) [ ! -e "$T/forgets" ] || { echo "No conversation found with session ID: s-2" >&2; exit 1; } ;; esac
echo '{"type":"start","session":"s-2"}'
if [ -e "$T/asks" ]; then
	echo '{"type":"end","text":"{\\"status\\":\\"needs_review\\",\\"question\\":\\"Which one?\\"}"}'
else
	echo '{"type":"end","text":"{\\"status\\":\\"done\\",\\"summary\\":\\"s\\"}"}'
fi
END
sed -i 's/stdin: none/stdin: prompt/' orch.d/agents/talker.yml
touch "$T/asks"
for gone in no yes; do
	id=$(orch-add -a talker --body 'The whole story.' "Gone: $gone")
	exits 69 'an agent asks' orch-run "$id"
	cp "$T/where" "$T/first"
	is "$(orch-list "$id" -o status,question,session)" "$(printf 'needs_review\tWhich one?\ts-2')" 'it is parked with its question'
	is "$(orch-inbox -o id,question "$id")" "$(printf '%s\tWhich one?' "$id")" 'which the inbox shows'
	exits 69 'nothing is run meanwhile' orch-run "$id"
	[ $gone = no ] || rm -r ".orch/runs/$id/1"
	orch-answer "$id" 'The red one' >/dev/null 2>"$T/err"
	says=$(cat "$T/err")
	rm -f "$T/asks"
	ok 'the next attempt' orch-run "$id"
	touch "$T/asks"
	if [ $gone = no ]; then
		like "$says/$(cat "$T/args")" "*goes on in session 's-2'*/--resume s-2" 'goes on in that session, as was said'
	else
		like "$says/$(cat "$T/args")" '*begins a new session with the full context*/' 'begins a new one, as was said'
	fi
	cmp -s "$T/first" "$T/where"
	result $? 'in the same folder'
	like "$(cat "$T/got")" '*The whole story.*question: Which one?*answer: The red one*' 'with question and answer'
done

# The program itself has lost it: that is told, and the attempt after it begins anew.
printf 'error: [{class: config, stderr: "no conversation found"}]\n' >>orch.d/agents/talker.yml
id=$(orch-add -a talker --body 'The whole story.' 'Lost by the program')
exits 69 'an agent asks' orch-run "$id"
orch-answer -q "$id" 'The blue one'
rm -f "$T/asks" && touch "$T/forgets"
exits 75 'its program does not know the session any more' orch-run "$id"
like "$(orch-list "$id" -o status,last_error)" "routed	*No conversation found*session 's-2' is gone: the next attempt begins a new one*" \
	'the task is not parked for that'
ok 'the attempt after that' orch-run "$id"
is "$(cat "$T/args")" '' 'begins a new one'
like "$(cat "$T/got")" '*The whole story.*answer: The blue one*' 'with the full context'
rm "$T/forgets"

# A second question: a new session is told both answers, the newest first.
touch "$T/asks"
id=$(orch-add -a talker 'Two questions')
exits 69 'an agent asks' orch-run "$id"
orch-answer -q "$id" 'The first answer'
sed -i 's/Which one?/And then?/' "$T/talker"
exits 69 'and asks once more' orch-run "$id"
orch-answer -q "$id" 'The second answer'
rm "$T/asks" && rm -r ".orch/runs/$id/2"
ok 'the next attempt' orch-run "$id"
like "$(cat "$T/args")/$(cat "$T/got")" '/*question: And then?
answer: The second answer

earlier question: Which one?
earlier answer: The first answer
*' 'is told both'

# A task that is labelled ambiguous asks before anything is spent on it.
printf 'router: {default: talker}\n' >orch.yml
rm -f "$T/got"
vague=$(orch-add -l ambiguous 'Make it better')
exits 69 'one that is new' orch-route "$vague"
like "$(cat "$T/err")" "*task $vague: asks a person first*" 'is not routed'
is "$(orch-list "$vague" -o status,agent)" "$(printf 'needs_review\t')" 'but parked'
is "$(orch-inbox -o id,question "$vague")" "$(printf '%s\tThe task is labelled "ambiguous": what exactly is wanted?' "$vague")" 'with its question'
given=$(orch-add -a talker -l ambiguous 'Make it nicer')
exits 69 'one that has an agent' orch-run "$given"
like "$(cat "$T/err")" '*labelled ambiguous*orch-answer*' 'is not run'
is "$(orch-list "$given" -o status,attempts)" "$(printf 'needs_review\t')" 'no attempt is counted'
[ ! -e "$T/got" ] && [ ! -e ".orch/runs/$given/1" ]
result $? 'nothing was spent'
next=$(orch-add -a talker -l ambiguous -p urgent 'First in the queue')
fine=$(orch-add -a talker -p urgent 'Clear as it is')
rm -f "$T/asks"
ok 'orch-run next' orch-run next
is "$(status "$next"),$(status "$fine")" needs_review,in_review 'passes on to one that is clear'
ok 'an answer before the first attempt' orch-answer "$vague" 'Faster'
is "$(cat "$T/err")" "orch-answer: task $vague: it can be routed now (orch-route), and its first attempt gets question and answer" 'says what comes'
is "$(orch-list "$vague" -o status,labels)" "$(printf 'new\tambiguous')" 'keeps the label'
ok 'it is not asked again' orch-route "$vague"
ok 'it is run' orch-run "$vague"
like "$(cat "$T/got")" '*what exactly is wanted?*answer: Faster*' 'with the answer'
ok 'another that has its agent' orch-answer "$given" 'Nicer'
is "$(cat "$T/err")" "orch-answer: task $given: its first attempt gets question and answer" 'needs no routing'
ok 'a person drops the label' orch-set "$next" labels-=ambiguous
ok 'and puts it back' orch-retry "$next"
ok 'that is an answer, too' orch-run "$next"
cd "$T/w" && mkdir bare && cd bare || exit 1
printf '%s\n' 'next_id: 2' 'tasks: [{id: 1, title: a, status: needs_review, question: b, session: "s\u001b[2J"}]' >tasks.yml
ok 'a task that has no agent' orch-answer 1 this
is "$(cat "$T/err")" "orch-answer: task 1: $(printf '%s' "the next attempt $new session 's\\x1b[2J' has no agent any more")" 'is answered'
is "$(status 1)" new 'and new'
done_testing
