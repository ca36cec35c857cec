#!/bin/sh
# The cards of a project board show where tasks are: over REST and over GraphQL, with as few
# requests as can be, and whatever people and the host do to the board.
. "$(dirname "$0")/../lib/sh.sh"
. "$ROOT/tests/lib/github.sh"
export ORCH_TEST_NOSYNC=1

# fresh [JSON]: a project with an empty file of tasks, and a GitHub without history.
fresh() {
	gh_stop
	cd "$T" && rm -rf w && mkdir w && cd w || exit 1
	git init -q .
	orch-init --quiet >/dev/null 2>&1
	config
	gh_start
	unset ORCH_PROJECT
}

# config [LINE..]: orch.yml, lines below gh added.
config() {
	printf 'gh:\n  repo: acme/app\n  board: acme/1\n  write_interval: 0s\n  comments: false\n' >orch.yml
	for config_line in "$@"; do printf '  %s\n' "$config_line" >>orch.yml; done
}

# card N: the column of issue N; "archived", "none".
card() {
	gh_dump ". as \$all | (.repos[0].issues[] | select(.number == $1) | .id) as \$id
		| [.projects[0] as \$p | \$p.items[] | select(.issue == \$id)
		| (\$p.fields[] | select(.name == \"Status\")) as \$f
		| .values[\$f.id | tostring] as \$v
		| if .archived then \"archived\" else ([\$f.options[] | select(.id == \$v) | .name] + [\"blank\"])[0] end]
		| if length == 0 then \"none\" elif length == 1 then .[0] else \"several\" end"
}

# status ID WORD: as if a run had ended so.
status() {
	awk -v id="$1" -v to="$2" '/^  - id: /{ here = $3 == id } here && /status:/{ sub(/status: .*/, "status: " to) } { print }' \
		tasks.yml >tasks.new && cat tasks.new >tasks.yml && rm tasks.new
}

# board: requests about the board.
board() { gh_log 'select(.path | test("projectsV2|graphql")) | .n' | wc -l | tr -d ' '; }

fresh
orch-add 'One' >/dev/null
orch-add 'Two' >/dev/null
ok 'a run puts new issues on the board' orch-sync-gh
is "$(card 1) $(card 2)" 'Backlog Backlog' 'in the first column that waiting tasks may have'
is "$(board)" 6 'two requests to know the board, two for each card'
gh_clear
orch-sync-gh >/dev/null
orch-sync-gh >/dev/null
gh_clear
ok 'once more' orch-sync-gh
is "$(board) $(gh_billed)" '0 0' 'nothing changed: nothing is asked of the board, nothing is billed'
orch-set 1 agent=sh >/dev/null
gh_clear
ok 'another status of the same column' orch-sync-gh
is "$(board)" 0 'is nothing to the board'
for pair in in_progress:'In progress' blocked:'In progress' in_review:Review needs_review:Review failed:Review \
	done:Done skipped:Done cancelled:Done; do
	status 2 "${pair%%:*}"
	gh_clear
	orch-sync-gh push >/dev/null 2>&1
	is "$(card 2)" "${pair#*:}" "${pair%%:*} is in ${pair#*:}"
done
status 2 routed
orch-sync-gh push >/dev/null 2>&1
gh_clear
status 2 failed
orch-sync-gh push >/dev/null 2>&1
is "$(board)" 1 'a change of status is one request to the board'
is "$(gh_log 'select(.path | test("projectsV2")) | .method')" PATCH 'to move the card'
is "$(gh_violations)" '' 'all of it was as GitHub wants it'

fresh
config 'columns: {todo: [Soon, "back.*", bACKLOG], review: ["In progress"]}'
orch-add 'One' >/dev/null
orch-add 'Two' >/dev/null
orch-sync-gh >/dev/null
status 2 in_review
ok 'columns have names of their own' orch-sync-gh push
is "$(card 1) $(card 2)" 'Backlog In progress' 'which are texts, whatever their case'
config 'columns: {todo: [Nowhere]}'
orch-add 'Three' >/dev/null
exits 78 'a column that the board does not have is told' orch-sync-gh
like "$(cat "$T/err")" '*gh.columns.todo (Nowhere); it has: Backlog, In progress, Review, Done*' 'with those it has'
is "$(gh_issue 3 .title)" Three 'the rest of the run is done'
config 'board_field: Stage'
exits 78 'nor a field that it does not have' orch-sync-gh
like "$(cat "$T/err")" "*no field 'Stage'*it has: Status*" 'with those it has'
config
sed -i 's,acme/1,acme,' orch.yml
exits 78 'a board is OWNER/NUMBER' orch-sync-gh

fresh
gh_option '{"rest_projects":false}'
orch-add 'One' >/dev/null
ok 'a host without boards over REST' orch-sync-gh
is "$(card 1)" Backlog 'is asked over GraphQL'
gh_clear
status 1 needs_review
orch-sync-gh >/dev/null
is "$(board) $(card 1)" '1 Review' 'which is remembered: one request for a change of status'
is "$(gh_log 'select(.path == "/graphql") | .body.query // .body' | grep -c acme)" 0 'what comes from elsewhere is a variable'
gh_option '{"rest_projects":true}'
gh_clock 90000
rm .orch/state/gh/*/[0-9]*.json
orch-sync-gh --full >/dev/null
status 1 'done'
gh_clear
orch-sync-gh push >/dev/null 2>&1
is "$(card 1)" Done 'the state of the board is lost: it is found again, the other way'
is "$(gh_violations)" '' 'all of it was as GitHub wants it'

fresh
gh_seed '{"projects":[{"owner":"orch-bot","number":4,"title":"Mine","fields":[{"name":"Status","options":["Todo","Done"]}]}]}' >/dev/null
sed -i 's,acme/1,orch-bot/4,' orch.yml
orch-add 'One' >/dev/null
ok 'a board of a user' orch-sync-gh
is "$(gh_dump '.projects[1].items | length')" 1 'is found, too'
gh_option '{"rest_projects":false}'
orch-add 'Two' >/dev/null
ok 'and when REST goes away' orch-sync-gh
is "$(gh_dump '.projects[1].items | length')" 2 'it is found again'
is "$(gh_violations)" '' 'all of it was as GitHub wants it'

fresh
orch-add 'One' >/dev/null
ORCH_PROJECT=$(gh_api GET /orgs/acme/projectsV2/1 | jq -r .node_id)
export ORCH_PROJECT
sed -i '/board:/d' orch.yml
ok 'a board by its node id' orch-sync-gh
is "$(card 1)" Backlog 'will do'
unset ORCH_PROJECT
gh_clear
orch-add 'Two' >/dev/null
ok 'without a board' orch-sync-gh
is "$(board)" 0 'nothing is asked of one'
exits 78 'and the command says so' orch-sync-gh board
is "$(gh_violations)" '' 'all of it was as GitHub wants it'

# ---- what the token may not ----

for rest in true false; do
	fresh
	gh_option "{\"rest_projects\":$rest}"
	gh_seed '{"tokens":[{"token":"poor","login":"orch-bot","scopes":["repo"]},{"token":"look","login":"orch-bot","scopes":["repo","read:project"]}]}' >/dev/null
	orch-add 'One' >/dev/null
	orch-add 'Two' >/dev/null
	GH_TOKEN=poor
	ok "a token without the scope, REST $rest" orch-sync-gh
	is "$(grep -c 'left: card' "$T/err")" 1 'is told of once'
	like "$(cat "$T/err")" '*board acme/1*' 'with the board'
	is "$(gh_issue 2 .title)" Two 'and the rest is done'
	ok 'the next run' orch-sync-gh
	is "$(grep -c 'left: card' "$T/err") $(orch-sync-gh status | grep -c '^left.*card')" '0 1' 'leaves that to the status'
	exits 69 'the board alone' orch-sync-gh board
	is "$(grep -c 'left: card' "$T/err")" 1 'has failed'
	GH_TOKEN=look
	ok 'a token that may only look' orch-sync-gh
	is "$(grep -c 'left: card' "$T/err")" 1 'leaves the card and tells once why'
	GH_TOKEN=t-orch-bot
	ok 'with the scope' orch-sync-gh
	is "$(card 1) $(card 2)" 'Backlog Backlog' 'all is made good'
	is "$(gh_violations)" '' 'all of it was as GitHub wants it'
done

# ---- what people do to a board ----

for rest in true false; do
	fresh
	gh_option "{\"rest_projects\":$rest}"
	for n in 1 2 3; do orch-add "Task $n" >/dev/null; done
	orch-sync-gh >/dev/null
	gh_person '{"as":"ana","owner":"acme","issue":1,"do":"archive"}' >/dev/null
	status 1 failed
	ok "an archived card, REST $rest" orch-sync-gh -v
	like "$(cat "$T/err")" '*card task 1 #1: it is archived on the board: left alone*' 'is told of'
	is "$(card 1)" archived 'and left alone'
	status 1 'done'
	gh_clear
	ok 'from then on' orch-sync-gh -v
	is "$(board)" 0 'without a question'
	gh_person '{"owner":"acme","do":"board-options","options":["Todo","In progress","Review","Done","New"]}' >/dev/null
	status 2 failed
	status 3 'done'
	gh_clear
	ok 'options that were made anew' orch-sync-gh
	is "$(card 2) $(card 3)" 'Review Done' 'are found again by name'
	is "$(gh_log 'select(.path | test("/fields$")) | .n' | wc -l | tr -d ' ')" "$([ "$rest" = true ] && echo 1 || echo 0)" 'once'
	item=$(gh_dump '.projects[0].items[1].id')
	gh_api DELETE "/orgs/acme/projectsV2/1/items/$item" >/dev/null
	gh_option '{"rest_projects":true}'
	gh_api DELETE "/orgs/acme/projectsV2/1/items/$item" >/dev/null
	gh_option "{\"rest_projects\":$rest}"
	status 2 'done'
	ok 'a card that somebody took off the board' orch-sync-gh
	is "$(card 2)" Done 'comes back with the next change'
	is "$(gh_violations)" '' 'all of it was as GitHub wants it'
done

fresh
orch-add 'Old' >/dev/null
sed -i '/board:/d' orch.yml
orch-sync-gh >/dev/null
status 1 'done'
orch-sync-gh >/dev/null
config
ok 'a board that is new' orch-sync-gh
is "$(card 1)" none 'is not filled with what had ended'
ok 'but by the command' orch-sync-gh board
is "$(card 1)" Done 'it is'
gh_person '{"as":"ana","owner":"acme","issue":1,"do":"move","field":"Status","option":"Backlog"}' >/dev/null
orch-sync-gh >/dev/null
is "$(card 1)" Backlog 'a card that somebody moved stays there'
ok 'until the command' orch-sync-gh board
is "$(card 1)" Done 'puts it right'
gh_clear
ok 'once more' orch-sync-gh board
is "$(gh_log 'select(.method != "GET") | .n')" '' 'writes nothing'

fresh
gh_seed '{"issues":[{"repo":"acme/app","title":"Many","count":130,"user":"ana","project":1}]}' >/dev/null
orch-sync-gh pull >/dev/null 2>&1
exits 75 'so many writes and no more' orch-sync-gh --max-writes 200 --json
is "$(jq -c 'select(.do == "sums") | .writes' "$T/out")" 200 'are sent'
ok 'the rest' orch-sync-gh
is "$(gh_dump '.projects[0].items | length')" 130 'comes next'
status 130 failed
gh_clear
orch-sync-gh >/dev/null
is "$(card 130) $(board)" 'Review 1' 'the last of many cards is moved with one request'
is "$(gh_violations)" '' 'all of it was as GitHub wants it'

fresh
orch-add 'One' >/dev/null
orch-sync-gh >/dev/null
status 1 failed
gh_clear
find .orch -type f -newer orch.yml -exec cksum {} + | sort >"$T/before"
ok 'a dry run' orch-sync-gh -n
like "$(cat "$T/out")" "*card task 1 #1: to 'Review'*" 'tells of the card'
is "$(gh_log 'select(.method != "GET") | .n')" '' 'and writes nothing'
find .orch -type f -newer orch.yml -exec cksum {} + | sort | grep -v '/log/' >"$T/after"
grep -v /log/ "$T/before" >"$T/was"
ok 'nor here' cmp "$T/was" "$T/after"

# Killed at any request, before and after it is done: one card in the end, and in its place.
for when in before after; do
	n=0
	while n=$((n + 1)); do
		fresh
		orch-add 'One' >/dev/null
		gh_crash "$when" "$n" orch-sync-gh || break
		gh_clear
		gh_clock 120
		orch-sync-gh >/dev/null 2>&1
		orch-sync-gh >/dev/null 2>&1
		[ "$(card 1) $(gh_dump '.projects[0].items | length') $(gh_violations)" = 'Backlog 1 ' ] ||
			note "killed $when $n: $(card 1) $(gh_violations)"
		[ "$(card 1) $(gh_dump '.projects[0].items | length')" = 'Backlog 1' ] || break
	done
	result "$([ "$gh_status" = 0 ] && [ "$n" -gt 5 ]; echo $?)" "killed $when any of $((n - 1)) requests there is one card"
done

# Last, as all that have the token wait until the clock has gone on.
fresh
orch-add 'One' >/dev/null
orch-sync-gh >/dev/null
status 1 failed
gh_fault '{"kind":"retry-after","method":"PATCH","path":"/orgs","seconds":120}'
exits 75 'a limit at the board' orch-sync-gh
gh_clear
exits 75 'is obeyed' orch-sync-gh
is "$(gh_log .n | wc -l | tr -d ' ')" 0 'by silence'
ORCH_TEST_NOW=2026-01-02T03:10:00Z
gh_clock "$ORCH_TEST_NOW"
gh_fault '{"kind":"reset-after","method":"PATCH","path":"/orgs"}'
exits 75 'an answer that is lost' orch-sync-gh
ok 'is no loss' orch-sync-gh
is "$(card 1)" Review 'as it may be repeated'
done_testing
