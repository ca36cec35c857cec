#!/bin/sh
# orch-sync-gh while many writes are sent: what people change on GitHub and here meanwhile is
# looked at before a task is written, so that nothing of it is written over.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
export ORCH_TEST_NOSYNC=1

labels() { gh_issue "$1" '.labels | map(.name? // .) | sort | join(",")'; }
# begins METHOD ARG..: a run that is held at its first request of that kind; ends: let go.
begins() {
	rm -f "$T/held"
	mkfifo "$T/held"
	gh_clear
	gh_fault "{\"kind\":\"hold-before\",\"method\":\"$1\",\"file\":\"$T/held\"}"
	shift
	orch-sync-gh "$@" >"$T/out" 2>"$T/err" &
	run=$!
	exec 6<>"$T/held"
	read -r _ <&6
}
ends() {
	gh_release
	status=0
	wait $run || status=$?
	exec 6>&-
}

gh_start
project
printf 'isolation: none\ngh: {write_interval: 0}\n' >>orch.yml
for i in 1 2 3 4; do orch-add -q "Task $i" >/dev/null; done
orch-sync-gh -q
later 300
orch-sync-gh -q
orch-sync-gh -q
later 300

# A picture that is never new enough: each task is looked at before it is written.
export ORCH_TEST_LOOK=0
change() { for i in 1 2 3 4; do orch-set -q $i priority="$1" title="Task $i, $1" >/dev/null; done; }
change high
begins PATCH --json
later 5
person '"issue":2,"do":"label","label":"seen"'
person '"issue":2,"do":"edit","title":"A title of ana"'
person '"issue":3,"do":"close","reason":"not_planned"'
gh_seed '{"issues":[{"repo":"acme/app","title":"New","user":"ana","association":"MEMBER"},
 {"repo":"acme/app","title":"Spam","user":"mallory"}]}' >/dev/null
orch-set -q 4 priority=low >/dev/null
ends
is "$status" 0 'a run, while people work'
is "$(labels 2) $(gh_issue 2 .title)" 'priority:high,seen,status:new A title of ana' 'what they change is not written over'
is "$(orch-show --json 2 | jq -c '[.title, .labels]')" '["A title of ana",["seen"]]' 'but taken'
is "$(gh_issue 3 '.state') $(orch-list -o status 3)" 'closed cancelled' 'what they close is cancelled by the same run'
is "$(labels 4)" 'priority:low,status:new' 'and what is changed here is pushed as it is by then'
is "$(orch-list -o title 5)" 'New' 'what is new is imported'
is "$(sort "$T/out" | uniq -d)" '' 'each thing is told once'
is "$(jq -r .do "$T/out" | sort | uniq -c | tr -s ' \n' ' ')" ' 1 ignore 1 import 4 patch 1 sums 2 update ' 'and all of them'
is "$(gh_count PATCH '/issues/*') $(jq -c 'select(.do == "sums") | [.writes, .changed]' "$T/out")" '4 [4,3]' 'as it was'

# New issues.
later 300
orch-sync-gh -q >/dev/null
for i in 1 2 3 4; do orch-add -q "More $i" >/dev/null; done
begins POST -q
orch-set -q 7 labels+=no_gh title='A secret plan' >/dev/null
orch-cancel -q 8 >/dev/null
ends
is "$(gh_dump '[.repos[0].issues[].title | select(startswith("More") or startswith("A secret"))] | join(",")')" \
	'More 1,More 4' 'what is kept back or cancelled meanwhile gets no issue'

# Who only pushes looks, too, and leaves alone what was changed.
later 300
orch-sync-gh -q
change low
begins PATCH push 1,2
person '"issue":2,"do":"label","label":"later"'
ends
is "$status" 75 'a push'
is "$(labels 1) $(labels 2)" 'priority:low,status:new later,priority:high,seen,status:new' 'writes over nothing'
is "$(grep -c 'taken over first' "$T/err")" 1 'and says so, once'

# As many as are allowed; a plan; what it costs.
later 300
orch-sync-gh -q >/dev/null
change high
gh_clear
exits 75 'one write' orch-sync-gh --max-writes 1
is "$(gh_count PATCH '*') $(grep -c 'no more writes' "$T/err") $(grep -c 'and 2 more' "$T/err")" '1 1 1' \
	'is one, and the others are told of once'
gh_clear
ok 'a plan' orch-sync-gh -n
is "$(gh_log .method | sort | uniq -c | tr -s ' ')" ' 1 GET' 'looks once'
later 300
orch-sync-gh -q >/dev/null
later 300
orch-sync-gh -q >/dev/null
orch-sync-gh -q >/dev/null
gh_clear
orch-sync-gh -q
is "$(gh_log .status)" 304 'nothing to write: nothing is looked at again'
orch-set -q 5 agent=sh command=true >/dev/null
orch-run -q 5 >/dev/null
gh_clear
ok 'a task is done' orch-sync-gh -q
is "$(gh_log 'select(.path != "/repos/acme/app") | [.method, .status] | join(" ")' | tr '\n' ',')" 'GET 304,GET 304,PATCH 200,POST 201,POST 201,' \
	'it is looked once, which is not billed'
is "$(gh_violations)" '' 'all as GitHub wants it'
done_testing
