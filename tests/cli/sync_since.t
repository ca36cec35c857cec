#!/bin/sh
# What is asked for is what changed since: nothing that was not taken over is passed by, and
# what no list shows is found all the same.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
export ORCH_TEST_NOSYNC=1

labels() { gh_issue "$1" '.labels | sort | join(",")'; }

gh_start
project
printf 'isolation: none\ngrace: 1h\ngh: {write_interval: 0}\n' >>orch.yml

# The first run takes all of it, however old.
gh_seed '{"issues":[
 {"repo":"acme/app","title":"Whole","user":"ana","association":"MEMBER"},
 {"repo":"acme/app","title":"Part","user":"ana","association":"MEMBER","labels":["priority:high","agent:sh","bug"],"parent":1}]}' >/dev/null
person '"issue":2,"do":"block","by":1'
later 86400
gh_seed '{"issues":[{"repo":"acme/app","title":"New","user":"ana","association":"MEMBER","count":2}]}' >/dev/null
later 600
ok 'the first run' orch-sync-gh
is "$(tr '\n' ' ' <"$T/out")" '1 2 3 4 ' 'names each task once'
is "$(orch-show --json 2 | jq -c '[.priority, .agent, .parent_id, .depends_on]')" '["high","sh",1,[1]]' \
	'an old issue comes with all that it says'
is "$(labels 2)" 'agent:sh,bug,priority:high,status:routed' 'which stays there'
is "$(gh_issue 2 '[.parent, .blocked_by[0]] | @json')" "[$(gh_issue 1 .id),$(gh_issue 1 .id)]" 'relations, too'
later 600
orch-sync-gh -q
orch-sync-gh -q

# Of some only: the others are not forgotten.
person '"issue":1,"do":"edit","title":"Whole again"'
person '"issue":3,"do":"close","reason":"not_planned"'
ok 'only one' orch-sync-gh --only 1
is "$(cat "$T/out")" 1 'is one'
is "$(orch-list -o title 1) $(orch-list -o status 3)" 'Whole again new' 'and no other'
later 600
person '"issue":4,"do":"edit","title":"Newer"'
gh_seed '{"issues":[{"repo":"acme/app","title":"Newest","user":"ana","association":"MEMBER"}]}' >/dev/null
ok 'nor is one imported then' orch-sync-gh -q --only 4
is "$(orch-list -o title 4) $(orch-list -o id | wc -l | tr -d ' ')" 'Newer 4' 'only that one'
ok 'all' orch-sync-gh -q
is "$(orch-list -o status 3) $(orch-list -o title 5)" 'cancelled Newest' 'what was passed over comes in'
exits 2 'a task that is not there' orch-sync-gh --only 99

# What comes while an attempt holds the task is done when it ends.
mkfifo "$T/go"
orch-set -q 5 agent=sh command="trap '' TERM; cat $T/go" >/dev/null
orch-run -q 5 >"$T/run" 2>&1 &
run=$!
exec 6>"$T/go"
is "$(orch-list -o status 5)" in_progress 'an attempt runs'
person '"issue":5,"do":"close","reason":"not_planned"'
exits 75 'its issue is closed meanwhile' orch-sync-gh
like "$(cat "$T/err")" '*waits for the end of the attempt*' 'which has to wait'
later 600
person '"issue":4,"do":"edit","title":"Newer still"'
orch-sync-gh -q
later 600
exec 6>&-
wait $run
ok 'when the attempt is over' orch-sync-gh -q
is "$(gh_issue 5 '[.state, .state_reason] | @json')" '["closed","not_planned"]' 'it is still closed'
like "$(orch-show --json 5 | jq -c '[.status, .reason]')" '[[]"cancelled","closed as not planned on GitHub"]' 'and the task is cancelled, not done'

# What no list shows: closed long ago, more of them than are asked for one by one.
gh_seed '{"issues":[{"repo":"acme/app","title":"Many","user":"ana","association":"MEMBER","count":40}]}' >/dev/null
orch-sync-gh -q >/dev/null
later 600
n=6
while [ $n -le 45 ]; do person "\"issue\":$n,\"do\":\"close\",\"reason\":\"not_planned\"" && n=$((n + 1)); done
later 200000
person '"issue":4,"do":"edit","title":"The newest"'
gh_clear
ok 'after two days' orch-sync-gh -q
is "$(orch-list -o status | sort | uniq -c | tr -s ' \n' ' ' | sed 's/.* \([0-9]* cancelled\).*/\1/')" \
	"$(gh_dump '[.repos[0].issues[] | select(.state_reason == "not_planned")] | length') cancelled" 'all are seen'
is "$(gh_count GET '/issues/[0-9]*')" 0 'without asking for each'
later 10
person '"do":"rename-label","label":"bug","to":"fault"'
orch-sync-gh -q >/dev/null
is "$(orch-show --json 2 | jq -c .labels)" '["bug"]' 'a label that was renamed is in no list of what changed'
orch-sync-gh -q --full >/dev/null
is "$(orch-show --json 2 | jq -c .labels)" '["fault"]' 'but in that of all'

# The word of a person that a task is given up counts though its attempt succeeds.
for what in '"do":"label","label":"status:cancelled"' '"do":"close","reason":"duplicate"'; do
	later 600
	gh_seed '{"issues":[{"repo":"acme/app","title":"Given up","user":"ana","association":"MEMBER"}]}' >/dev/null
	orch-sync-gh -q >"$T/id"
	id=$(cat "$T/id")
	orch-set -q "$id" agent=sh command="trap '' TERM; cat $T/go" >/dev/null
	orch-run -q "$id" >"$T/run" 2>&1 &
	run=$!
	exec 6>"$T/go"
	person "\"issue\":$(orch-show --json "$id" | jq .gh.number),$what"
	exits 75 "while an attempt runs: $what" orch-sync-gh -q
	exec 6>&-
	wait $run
	orch-sync-gh -q
	is "$(orch-show --json "$id" | jq -r .status) $(gh_issue "$(orch-show --json "$id" | jq .gh.number)" '[.state, (.labels | index("status:cancelled") != null)] | @json')" \
		'cancelled ["closed",true]' 'the task is cancelled, and its issue says so'
done
is "$(gh_violations)" '' 'all as GitHub wants it'

# No open issue was ever in a list: what people close is seen all the same.
for when in 'at once' 'and nothing is remembered' 'for a day'; do
	gh_seed "{\"repos\":[{\"owner\":\"acme\",\"name\":\"none-$now\",\"collaborators\":{\"orch-bot\":\"write\",\"ana\":\"admin\"}}]}" >/dev/null
	cd "$T/w" && project "none-$now"
	printf 'isolation: none\ngh: {repo: acme/none-%s, write_interval: 0}\n' $now >>orch.yml
	repo=acme/none-$now
	unset GITHUB_REPO
	orch-sync-gh -q >/dev/null
	orch-add -q 'Task' >/dev/null
	orch-sync-gh -q >/dev/null
	person "\"repo\":\"$repo\",\"issue\":1,\"do\":\"close\",\"reason\":\"not_planned\""
	later 5
	case $when in
	*day) later 100000 ;;
	*nothing*) rm -rf .orch/state/gh ;;
	esac
	ok "an issue is closed, $when" orch-sync-gh -q
	is "$(orch-list -o status 1)" cancelled 'the task knows'
	orch-sync-gh -q >/dev/null
	orch-sync-gh -q >/dev/null
	gh_clear
	ok 'later' orch-sync-gh -q
	is "$(gh_log '.status')" 304 'a run costs what it costs elsewhere'
	later 5
	person "\"repo\":\"$repo\",\"issue\":1,\"do\":\"reopen\""
	orch-sync-gh -q >/dev/null
	is "$(orch-list -o status 1)" new 'and sees what is new'
done
is "$(gh_violations)" '' 'all as GitHub wants it'
done_testing
