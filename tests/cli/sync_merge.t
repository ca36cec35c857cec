#!/bin/sh
# orch-sync-gh and what both sides changed: field by field, people win; what they close stays
# closed, what we close is opened again when the task comes back.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
export ORCH_TEST_NOSYNC=1

project
gh_start '' --state "$T/github.json"
printf 'isolation: none\ngh: {write_interval: 0}\n' >>orch.yml
orch-add -q -l home 'Water the plants' >/dev/null
gh_seed '{"issues":[{"repo":"acme/app","title":"Mend the door","body":"It squeaks.","user":"ana","association":"MEMBER","labels":["bug"]}]}' >/dev/null
orch-sync-gh -q >/dev/null
orch-sync-gh -q >/dev/null
gh_stop
cp -a "$T/w/p" "$T/tmpl"
cp "$T/github.json" "$T/tmpl.json"

# Task 1 is issue 2, which we made; task 2 is issue 1, which a person made.
scene() {
	gh_stop
	rm -rf "$T/w/p"
	cp -a "$T/tmpl" "$T/w/p" && cd "$T/w/p" || exit 1
	cp "$T/tmpl.json" "$T/github.json"
	gh_start empty --state "$T/github.json"
	now=0
}
# The clock goes on, so that no list is older than what is known.
sync() {
	gh_clock 1
	now=$((now + 1))
	ORCH_TEST_NOW=$(date -u -d "@$((1767323045 + now))" +%Y-%m-%dT%H:%M:%SZ) orch-sync-gh -q "$@" >"$T/out" 2>"$T/err"
}
# rests NAME: another two runs write nothing, and all was as GitHub wants it
rests() {
	sync
	gh_clear
	sync
	sync --full
	is "$(gh_count '[!G]*' '*')$(gh_violations)" 0 "$1: then both are at rest" || note "$(gh_log '[.method,.path,.body]')"
}
labels() { gh_issue "$1" '.labels | map(.name? // .) | sort | join(",")'; }
task() { orch-show --json "$1" | jq -r "$2"; }
history() { task "$1" '[.history[]?.note] | join("\n")'; }

# Title and body.
scene
orch-set -q 2 title='Oil the door' body='It cries.' >/dev/null
sync
is "$(gh_issue 1 '.title, .body')" 'Oil the door
It cries.' 'changed here: pushed'
person '"issue":1,"do":"edit","title":"Paint the door","body":"It is dull.\r\n"'
sync
is "$(task 2 '.title, .body')" 'Paint the door
It is dull.' 'changed there: taken'
orch-set -q 2 title='Burn the door' >/dev/null
person '"issue":1,"do":"edit","title":"Sell the door"'
sync
is "$(task 2 .title) / $(gh_issue 1 .title)" 'Sell the door / Sell the door' "both changed: the person's counts"
like "$(history 2)" '*Burn the door*' 'and ours is in the history'
gh_clear
is "$(orch-sync-gh status --json | jq -c '[.conflicts[] | [.task, .number, .part, .won, .kept]]')" \
	'[[2,1,"title","github","history"]]' 'status shows the conflict'
like "$(orch-sync-gh status)" '*conflict	task 2 #1: title, 2026-*: that of GitHub counts, the other is in the history of the task*' \
	'for people, too'
is "$(gh_log .path)" '' 'without a request'
orch-set -q 2 title='Buy a door' >/dev/null
person '"issue":1,"do":"edit","body":"We need one."'
sync
is "$(task 2 '.title + "/" + .body')/$(gh_issue 1 '.title + "/" + .body')" \
	'Buy a door/We need one./Buy a door/We need one.' 'one field each: both'
i=0
while [ $i -lt 20 ]; do
	i=$((i + 1))
	orch-set -q 2 title="Here $i" >/dev/null
	person "\"issue\":1,\"do\":\"edit\",\"title\":\"There $i\""
	sync
done
is "$(orch-sync-gh status --json | jq -c '.conflicts | [length, (map(.part) | unique)]')" '[20,["title"]]' 'the newest of many'
orch-set -q 2 title='Same' >/dev/null
person '"issue":1,"do":"edit","title":"Same"'
gh_clear
sync
is "$(gh_count '[!G]*' '*')" 0 'both the same: nothing to write'
person '"issue":1,"do":"edit","body":""'
sync
is "$(task 2 '.body')" null 'a body that is taken away'
person '"issue":2,"do":"edit","body":"Without the mark."'
sync
is "$(task 1 .body)" 'Without the mark.' 'a mark that a person removes is not missed'
orch-set -q 1 body='With it.' >/dev/null
sync
like "$(gh_issue 2 .body)" 'With it.*<!-- orch:task=* -->' 'and comes back with the next text'
rests 'texts'

# Labels of people, three ways.
scene
orch-set -q 2 labels+=ours labels+=Both >/dev/null
person '"issue":1,"do":"label","label":"theirs"'
person '"issue":1,"do":"label","label":"both"'
sync
is "$(labels 1)" 'both,bug,ours,theirs' 'added on both sides'
is "$(task 2 '.labels | map(ascii_downcase) | sort | join(",")')" 'both,bug,ours,theirs' 'the same here, without regard to case'
orch-set -q 2 labels-=ours >/dev/null
person '"issue":1,"do":"unlabel","label":"theirs"'
person '"issue":1,"do":"label","label":"more"'
sync
is "$(labels 1)" 'both,bug,more' 'removed on both sides'
is "$(task 2 '.labels | map(ascii_downcase) | sort | join(",")')" 'both,bug,more' 'the same here'
person '"do":"rename-label","label":"bug","to":"BUG"'
gh_clear
sync --full
is "$(gh_count '[!G]*' '*')" 0 'another case is no other label'
rests 'labels'

# Labels of ours as requests.
scene
person '"issue":1,"do":"label","label":"priority:high"'
person '"issue":1,"do":"label","label":"complexity:hard"'
person '"issue":1,"do":"label","label":"Agent:SH"'
sync
is "$(task 2 '.priority, .agent, .status')" 'high
sh
routed' 'priority and agent are asked for by labels'
sync
is "$(labels 1 | tr ',' '\n' | grep -c '^status:') $(labels 1 | tr ',' '\n' | grep -ci '^agent:')" '1 1' 'one of each stays'
like "$(labels 1)" '*status:routed*' 'the status follows'
person '"issue":1,"do":"label","label":"priority:urgent"'
sync
sync
is "$(task 2 .priority) $(labels 1 | tr ',' '\n' | grep priority)" 'urgent priority:urgent' 'of two the strongest'
orch-set -q 2 priority=low >/dev/null
sync
is "$(labels 1 | tr ',' '\n' | grep priority)" priority:low 'changed here: pushed'
orch-set -q 2 priority=normal >/dev/null
person '"issue":1,"do":"unlabel","label":"priority:low"'
person '"issue":1,"do":"label","label":"priority:high"'
sync
sync
is "$(task 2 .priority) $(labels 1 | tr ',' '\n' | grep priority)" 'high priority:high' 'both changed: the person'
person '"issue":1,"do":"label","label":"agent:nobody"'
sync
sync
is "$(task 2 .agent) $(labels 1 | tr ',A-Z' '\na-z' | grep agent: | tr '\n' ' ')" 'sh agent:sh ' 'an agent that nobody has is not taken' ||
	note "$(history 2)"
rests 'requests'

# The status label.
scene
person '"issue":1,"do":"label","label":"status:done"'
sync
sync
is "$(task 2 .status) $(gh_issue 1 .state) $(labels 1)" 'done closed bug,status:done' 'a person says done'
person '"issue":1,"do":"unlabel","label":"status:done"'
sync
sync
is "$(labels 1) $(task 2 .status)" 'bug,status:done done' 'one that is taken away comes back'
person '"issue":1,"do":"label","label":"status:new"'
sync
sync
is "$(task 2 .status) $(gh_issue 1 .state) $(labels 1)" 'new open bug,status:new' 'and back: what we closed is opened'
person '"issue":1,"do":"unlabel","label":"status:new"'
sync
sync
is "$(labels 1) $(task 2 .status)" 'bug new' 'but for that of a new task, which needs none'
person '"issue":1,"do":"label","label":"status:cancelled"'
sync
sync
is "$(task 2 .status) $(gh_issue 1 .state) $(gh_issue 1 .state_reason)" 'cancelled closed not_planned' 'cancelled'
person '"issue":2,"do":"label","label":"status:in_progress"'
sync
sync
is "$(labels 2) $(task 1 .status)" 'home,status:new new' 'what nobody can ask for is put right'
person '"issue":2,"do":"label","label":"status:sleeping"'
person '"issue":2,"do":"label","label":"status:"'
sync
sync
is "$(task 1 .status)" new 'what is no status, too'
rests 'status'

# While an attempt runs.
scene
mkfifo "$T/go" "$T/there"
printf 'max_attempts: 1\ngrace: 1h\n' >>orch.yml
orch-set -q 2 agent=sh command="trap '' TERM; echo >$T/there; cat $T/go; false" >/dev/null
orch-route -q 2 >/dev/null
sync
orch-run -q 2 >/dev/null 2>&1 &
run=$!
read -r _ <"$T/there"
person '"issue":1,"do":"label","label":"status:cancelled"'
person '"issue":1,"do":"edit","title":"Later"'
sync
is "$(task 2 .status) $(task 2 .title)" 'in_progress Later' 'a request waits while an attempt runs'
sync
is "$(labels 1 | tr ',' '\n' | grep -c status:cancelled)" 1 'and stays to be seen'
like "$(orch-sync-gh status)" '*waits for the end of the attempt*' 'and told of'
echo >"$T/go"
wait $run
sync
sync
is "$(task 2 .status) $(gh_issue 1 .state)" 'cancelled closed' 'then it is done'
rests 'an attempt'
rm "$T/go" "$T/there"

# Closing.
for case in 'completed done' 'not_planned cancelled' 'duplicate cancelled' 'new_reason done' ' done'; do
	for n in 1 2; do
		scene
		person "\"issue\":$n,\"do\":\"close\",\"reason\":\"${case% *}\""
		sync
		is "$(task $((3 - n)) .status)" "${case#* }" "closed as '${case% *}': ${case#* }"
		orch-retry -q $((3 - n)) >/dev/null 2>&1
		sync
		sync
		is "$(gh_issue $n .state)" closed 'what a person closed is never opened again'
		rests "closed as '${case% *}'"
		person "\"issue\":$n,\"do\":\"reopen\""
		sync
		is "$(task $((3 - n)) .status)" new 'a person opens it again'
		rests 'and'
	done
done
scene
person '"issue":1,"do":"close","reason":"completed"'
person '"issue":1,"do":"reopen"'
sync
is "$(task 2 .status)" new 'closed and opened between two runs is nothing'
orch-set -q 2 agent=sh command=true >/dev/null
orch-route -q 2 >/dev/null
orch-run -q 2 >/dev/null
sync
is "$(gh_issue 1 .state) $(gh_issue 1 .state_reason)" 'closed completed' 'done: closed by us'
orch-retry -q 2 >/dev/null 2>&1
sync
is "$(gh_issue 1 .state)" open 'back: opened by us'
rm -f "$T/go" "$T/there" && mkfifo "$T/go" "$T/there"
orch-set -q 2 command="echo >$T/there; cat $T/go" >/dev/null
orch-run -q 2 >/dev/null 2>&1 &
run=$!
read -r _ <"$T/there"
sync
is "$(gh_issue 1 .state) $(labels 1 | tr ',' '\n' | grep status)" 'open status:in_progress' 'and open while it runs again'
echo >"$T/go"
wait $run
sync
is "$(gh_issue 1 .state)" closed 'until it is done once more'
orch-retry -q 2 >/dev/null 2>&1
sync
orch-cancel -q 2 >/dev/null 2>&1
sync
is "$(gh_issue 1 .state) $(gh_issue 1 .state_reason)" 'closed not_planned' 'withdrawn: not planned'
person '"issue":1,"do":"reopen"'
sync
is "$(task 2 .status)" routed 'a person opens what we closed: the task is back, with its agent'
rests 'ours'
scene
orch-cancel -q 2 >/dev/null 2>&1
person '"issue":1,"do":"close","reason":"completed"'
sync
sync
is "$(gh_issue 1 .state) $(gh_issue 1 .state_reason)" 'closed completed' 'both closed it, with reasons that differ: the person has it'
rests 'both closed'

# What is kept here is written no more, whatever becomes of it; what people say is taken in.
scene
printf 'gh: {write_interval: 0, owner: ana, board: acme/1}\nisolation: none\n' >orch.yml
child=$(orch-add --parent 1 -d 1 'Fetch water')
sync
orch-set -q 1 labels+=no_gh title='A secret plan' body='Of ours alone' priority=high >/dev/null; orch-cancel -q 1 >/dev/null 2>&1
orch-set -q 2 labels+=local-only depends_on+=1 >/dev/null
orch-set -q "$child" parent_id=2 >/dev/null 2>&1
person '"issue":1,"do":"edit","title":"Sell the door"'
person '"issue":1,"do":"comment","body":"/priority low"'
gh_clear
sync
sync --full
is "$(gh_log 'select(.method != "GET" and (.path | test("/issues/[12](/|$)"))) | .path')" '' 'kept here: nothing is written'
is "$(gh_issue 2 '[.title, .state]|join(" ")') $(gh_issue 1 .title)" 'Water the plants open Sell the door' 'both stay as they are'
is "$(task 2 '.title, .priority')" 'Sell the door
low' 'what people say there is taken in'
like "$(orch-sync-gh status)" '*held	task 2 #1: *kept here*held	task 1 #2: *kept here*' 'which status tells'
orch-set -q 1 labels-=no_gh >/dev/null; orch-retry -q 1 >/dev/null
orch-set -q 2 labels-=local-only >/dev/null
sync
is "$(gh_issue 2 .title)" 'A secret plan' 'until it is let go again'
rests 'kept'

# Assignees are people's.
scene
person '"issue":1,"do":"assign","login":"ana"'
sync
is "$(gh_issue 1 '.assignees | join(",")')" ana 'assignees are left alone'
rests 'assignees'

# ---- an open issue with the label of an end ----

for label in status:done Status:cancelled status:skipped; do
	gh_seed "{\"issues\":[{\"repo\":\"acme/app\",\"title\":\"Left $label\",\"user\":\"ana\",\"association\":\"OWNER\",\"labels\":[\"$label\",\"agent:sh\"]}]}" >/dev/null
done
orch-sync-gh -q >/dev/null
is "$(orch-list all --json | jq -r 'select(.title | startswith("Left")) | .status' | sort -u)" routed 'it is new work, not done'
is "$(gh_dump '.repos[0].issues[] | select(.title | startswith("Left")) | "\(.state) \(.labels | sort | join(" "))"' | sort -u)" \
	'open agent:sh status:routed' 'and its label is put right'

# ---- reopened when its task is in the archive ----

left=$(orch-list --json | jq -r 'select(.title == "Left status:done") | "\(.id) \(.gh.number)"')
orch-set -q "${left% *}" command=true >/dev/null
orch-run -q "${left% *}" >/dev/null
orch-sync-gh -q >/dev/null
ORCH_TEST_NOW=2027-01-02T03:04:05Z orch-gc -q >/dev/null
is "$(orch-list "${left% *}" -o id 2>/dev/null)$(gh_issue "${left#* }" .state)" closed 'a task is done, and leaves'
gh_clock 1
person "\"issue\":${left#* },\"do\":\"reopen\""
exits 0 'its issue is reopened' orch-sync-gh
like "$(cat "$T/err")" "*issue ${left#* } was reopened, but its task ${left% *} has left the file: 'orch-sync-gh link TASK ${left#* }'*" \
	'that is told, with what helps'
exits 0 'again' orch-sync-gh --full
is "$(cat "$T/err")" '' 'once'
new=$(orch-add 'What is left of it')
ok 'the issue gets another task' orch-sync-gh -q link "$new" "${left#* }"
orch-sync-gh -q >/dev/null
is "$(orch-list --json "$new" | jq -r '"\(.status) \(.gh.number)"') $(gh_issue "${left#* }" .state)" "routed ${left#* } open" 'with the agent that its label names'
done_testing
