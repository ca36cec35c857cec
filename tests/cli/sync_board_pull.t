#!/bin/sh
# With gh.board_pull a card that a person moves asks for what the column says, as a label would.
. "$(dirname "$0")/../lib/sh.sh"
. "$ROOT/tests/lib/github.sh"
export ORCH_TEST_NOSYNC=1

# fresh REST N: N tasks on the board.
fresh() {
	gh_stop
	cd "$T" && rm -rf w && mkdir w && cd w || exit 1
	git init -q .
	orch-init --quiet >/dev/null 2>&1
	printf 'gh:\n  repo: acme/app\n  board: acme/1\n  write_interval: 0s\n  comments: false\n  board_pull: true\n' >orch.yml
	gh_start
	gh_option "{\"rest_projects\":$1}"
	made=0
	while [ "$made" -lt "$2" ]; do made=$((made + 1)) && orch-add "Task $made" >/dev/null; done
	orch-sync-gh >/dev/null 2>&1
	orch-sync-gh >/dev/null 2>&1
	orch-sync-gh >/dev/null 2>&1
	gh_clear
}

card() {
	gh_dump ". as \$all | (.repos[0].issues[] | select(.number == $1) | .id) as \$id
		| .projects[0] as \$p | \$p.items[] | select(.issue == \$id)
		| (\$p.fields[] | select(.name == \"Status\")) as \$f
		| .values[\$f.id | tostring] as \$v | \$f.options[] | select(.id == \$v) | .name"
}
move() { gh_person "{\"as\":\"ana\",\"owner\":\"acme\",\"issue\":$1,\"do\":\"move\",\"field\":\"Status\",\"option\":\"$2\"}" >/dev/null; }
labels() { gh_dump ".repos[0].issues[] | select(.number == $1) | [.labels[] | if type == \"string\" then . else .name end] | map(select(startswith(\"status\"))) | join(\" \")"; }
state() { orch-show --json "$1" | jq -r .status; }
status() {
	awk -v id="$1" -v to="$2" '/^  - id: /{ here = $3 == id } here && /status:/{ sub(/status: .*/, "status: " to) } { print }' \
		tasks.yml >tasks.new && cat tasks.new >tasks.yml && rm tasks.new
}

for rest in true false; do
	fresh "$rest" 4
	ok "nothing moved, REST $rest" orch-sync-gh
	is "$(gh_log .n | wc -l | tr -d ' ')" 2 'two requests'
	[ "$rest" = false ] || is "$(gh_billed)" 0 'none of them billed'
	move 1 Done
	move 2 Review
	ok 'two cards are moved' orch-sync-gh -v
	is "$(state 1) $(gh_issue 1 .state) $(labels 1) $(card 1)" 'done closed status:done Done' \
		'what is moved to Done is done, its issue closed, its label right'
	like "$(cat "$T/err")" "*card task 2 #2: moved to 'Review' by somebody: that cannot be asked for*" 'what cannot be asked for is told'
	is "$(state 2) $(labels 2) $(card 2)" 'new status:new Backlog' 'and goes back'
	orch-show --json 1 | jq -r '.history[-1].note' >"$T/note"
	like "$(cat "$T/note")" '*card was moved*' 'the history says that it was a card'
	orch-sync-gh >/dev/null
	gh_clear
	orch-sync-gh >/dev/null
	is "$(gh_log 'select(.method == "PATCH" or ((.body | tostring) | test("mutation"))) | .n')" '' 'then there is peace'
	is "$(state 1) $(state 2)" 'done new' 'and all stays so'
	move 1 Backlog
	ok 'back' orch-sync-gh
	is "$(state 1) $(gh_issue 1 .state) $(card 1)" 'new open Backlog' 'reopens it'
	status 3 failed
	orch-sync-gh >/dev/null 2>&1
	move 3 Backlog
	ok 'a card that waits for a person' orch-sync-gh
	is "$(state 3) $(card 3)" 'new Backlog' 'goes once more'
	gh_person '{"as":"ana","issue":4,"do":"label","label":"status:cancelled"}' >/dev/null
	move 4 Done
	ok 'a label and a card' orch-sync-gh
	is "$(state 4) $(card 4)" 'cancelled Done' 'the label counts'
	is "$(gh_violations)" '' 'all of it was as GitHub wants it'
done

fresh true 3
move 1 Done
ok 'a run of others' orch-sync-gh --only 2
is "$(state 1)" new 'leaves the card'
ok 'one of all' orch-sync-gh
is "$(state 1)" 'done' 'sees it then'
move 2 Done
ok 'a dry run' orch-sync-gh -n
is "$(state 2) $(gh_log 'select(.method != "GET" and .n > 100) | .n')" 'new ' 'changes nothing'
ok 'a pull' orch-sync-gh pull
is "$(state 2)" 'done' 'takes it over'
ok 'a push' orch-sync-gh push
is "$(card 2) $(labels 2)" 'Done status:done' 'and a push does the rest'
gh_person '{"owner":"acme","do":"board-options","options":["Icebox","Backlog","In progress","Review","Done"]}' >/dev/null
status 3 routed
move 3 Icebox
ok 'a column of people' orch-sync-gh
is "$(card 3)" Icebox 'means nothing, and is left alone'

# While an attempt runs: what a card asks for waits for its end, and the card stays where it is.
running() {
	fresh true 0
	rm -f "$T/go" "$T/there"
	mkfifo "$T/go" "$T/there"
	printf 'isolation: none\nmax_attempts: 1\n' >>orch.yml
	orch-add -a sh --command "echo >$T/there; cat $T/go; false" 'Runs' >/dev/null
	orch-sync-gh >/dev/null 2>&1
	orch-run -q 1 >/dev/null 2>&1 &
	run=$!
	read -r _ <"$T/there"
	orch-sync-gh >/dev/null 2>&1
	is "$(state 1) $(card 1)" 'in_progress In progress' 'an attempt runs'
	move 1 "$1"
}
finish() {
	echo >"$T/go"
	wait $run
	orch-sync-gh >/dev/null 2>&1
	orch-sync-gh >/dev/null 2>&1
	gh_clear
	orch-sync-gh >/dev/null 2>&1
	is "$(gh_count '[!G]*' '*')$(gh_violations)" 0 'then there is peace'
}
running Done
exits 75 'its card is moved to Done' orch-sync-gh
is "$(state 1) $(card 1)" 'in_progress Done' 'which waits'
exits 75 'as long as it runs' orch-sync-gh
is "$(state 1) $(card 1) $(gh_issue 1 .state)" 'in_progress Done open' 'and is not undone'
finish
is "$(state 1) $(card 1) $(gh_issue 1 .state)" 'done Done closed' 'afterwards it is done'
running Backlog
ok 'its card is moved back' orch-sync-gh
is "$(state 1) $(card 1)" 'in_progress In progress' 'is what is being done'
finish
is "$(state 1) $(card 1)" 'failed Review' 'and the end of the attempt counts'
running Review
ok 'its card is moved to where nothing can be asked for' orch-sync-gh
is "$(state 1) $(card 1)" 'in_progress In progress' 'goes back'
finish

# More cards than a page has.
fresh true 0
gh_seed '{"issues":[{"repo":"acme/app","title":"Many","count":120,"user":"ana"}]}' >/dev/null
ok 'many issues' orch-sync-gh --full
move 3 Done
move 119 Done
gh_clear
ok 'the first and the last moved' orch-sync-gh
is "$(state 3) $(state 119)" 'done done' 'are both seen'
is "$(gh_log 'select(.path | test("items$")) | .n' | wc -l | tr -d ' ')" 2 'with a request for each hundred'
is "$(gh_violations)" '' 'all of it was as GitHub wants it'

# Killed at any request the card is still heard, once.
for when in before after; do
	n=0
	while n=$((n + 1)); do
		fresh true 1
		move 1 Done
		gh_crash "$when" "$n" orch-sync-gh || break
		gh_clear
		gh_clock 120
		orch-sync-gh >/dev/null 2>&1
		orch-sync-gh >/dev/null 2>&1
		[ "$(state 1) $(gh_issue 1 .state) $(labels 1) $(card 1)" = 'done closed status:done Done' ] || break
	done
	result "$([ "$gh_status" = 0 ] && [ "$n" -gt 3 ]; echo $?)" "killed $when any of $((n - 1)) requests the task is done"
done
done_testing
