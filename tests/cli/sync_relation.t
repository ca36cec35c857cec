#!/bin/sh
# orch-sync-gh: parents as sub-issues and depends_on as blocked-by, both ways and once; hosts
# that have neither; clocks that differ; answers with words and without members that we know.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
export ORCH_TEST_NOSYNC=1

# Issue 1 is of a person, task 1; tasks 2 and 3 are ours with the issues 2 and 3.
scene() {
	cd "$T/w" && rm -rf p && project
	gh_stop
	gh_start
	for i; do gh_option "$i"; done
	now=0
	printf 'isolation: none\ngh: {write_interval: 0}\n' >>orch.yml
	gh_seed '{"issues":[{"repo":"acme/app","title":"Mend the door","user":"ana","association":"MEMBER"}]}' >/dev/null
	orch-sync-gh -q >/dev/null
	orch-add -q --parent 1 'Oil it' >/dev/null
	orch-add -q --depends 2 'Paint it' >/dev/null
	sync
	sync
}
sync() {
	gh_clock 1
	now=$((now + 1))
	ORCH_TEST_NOW=$(date -u -d "@$((1767323045 + now))" +%Y-%m-%dT%H:%M:%SZ) orch-sync-gh -q "$@" >"$T/out" 2>"$T/err"
}
rests() {
	sync
	gh_clear
	sync
	sync --full
	is "$(gh_count '[!G]*' '*')$(gh_violations)" 0 "$1: then both are at rest" || note "$(gh_log '[.method,.path,.body]')"
}
task() { orch-show --json "$1" | jq -r "$2"; }
# links NUMBER: its parent and blockers, as numbers
links() {
	gh_dump ".repos[] | select(.name == \"app\") | .issues as \$all | \$all[] | select(.number == $1) |
		def n: . as \$id | \$all[] | select(.id == \$id) | .number;
		[((.parent // 0) | if . == 0 then 0 else n end), (.blocked_by // [] | map(n) | sort | map(tostring) | join(\",\"))] |
		map(tostring) | join(\" \")"
}

scene
is "$(links 2)/$(links 3)" '1 /0 2' 'a parent and a dependency are linked'
is "$(gh_count POST '/issues/*/sub_issues') $(gh_count POST '/issues/*/dependencies/blocked_by')" '1 1' 'once'
rests 'links'
person '"issue":3,"do":"block","by":1'
person '"issue":3,"do":"parent","to":1'
sync
is "$(task 3 '.parent_id, (.depends_on | sort | map(tostring) | join(","))')" '1
1,2' 'those that a person makes are taken'
person '"issue":3,"do":"unblock","by":2'
person '"issue":2,"do":"parent","to":0'
sync
is "$(task 3 '.depends_on | map(tostring) | join(",")')/$(task 2 .parent_id)" '1/null' 'those that a person removes, too'
rests 'people'
orch-set -q 3 depends_on=2 >/dev/null
sync
is "$(links 3)" '1 2' 'what is changed here is changed there'
orch-set -q 3 depends_on+=1 >/dev/null
person '"issue":3,"do":"unblock","by":2'
sync
sync
is "$(links 3)/$(task 3 '.depends_on | map(tostring) | join(",")')" '1 1/1' 'both sides changed: both count'
rests 'both'
person '"issue":2,"do":"block","by":3'
person '"issue":3,"do":"block","by":2'
sync
sync
like "$(task 2 '.depends_on')/$(task 3 '.depends_on | length')" '*' 'a circle'
ok 'breaks no task file' orch-list -q
gh_seed '{"issues":[{"repo":"acme/app","title":"Of a stranger","user":"mallory","association":"NONE"}]}' >/dev/null
person '"issue":1,"do":"block","by":4'
sync
is "$(task 1 .depends_on)/$(links 1)" 'null/0 4' 'a blocker that is no task here is left alone'
rests 'a circle'

# A reply that is lost: repeated, and that is no error.
scene
orch-add -q --parent 1 --depends 2 'Sell it' >/dev/null
gh_fault '[{"kind":"reset-after","method":"POST","path":"/issues/*/sub_issues"},{"kind":"reset-after","method":"POST","path":"/issues/*/dependencies/blocked_by"}]'
sync
sync
sync
is "$(links 4)" '1 2' 'lost replies'
rests 'lost replies'

# Hosts that do not have them, which the first run finds out.
cd "$T/w" && rm -rf p && project
gh_stop
gh_start
gh_option '{"sub_issues":false,"dependencies":false}'
printf 'isolation: none\ngh: {write_interval: 0}\n' >>orch.yml
orch-add -q 'Mend the door' >/dev/null
orch-add -q --parent 1 'Oil it' >/dev/null
orch-add -q --depends 2 'Paint it' >/dev/null
ok 'that a host lacks something is no error' orch-sync-gh
is "$(grep left: "$T/err")" '' 'nor left to do'
like "$(gh_issue 2 .body)$(gh_issue 3 .body)" '*Parent: #1*Blocked by: #2*' 'and the same run writes it into the bodies'
is "$(gh_count POST '/issues/*/*')" 2 'each is asked for once'
scene '{"sub_issues":false,"dependencies":false}'
like "$(gh_issue 2 .body)" '*Parent: #1*<!-- orch:task=*' 'without sub-issues the parent stands in the body'
like "$(gh_issue 3 .body)" '*Blocked by: #2*<!-- orch:task=*' 'and what blocks it'
rests 'a block'
body=$(gh_issue 3 .body)
person "\"issue\":3,\"do\":\"edit\",\"body\":$(printf %s "$body" | sed 's/: #2/: #1/' | jq -Rs .)"
sync
is "$(gh_issue 3 .body)" "$body" 'which is put right where a person edits it'
rests 'a block that was edited'
is "$(task 2 .body)/$(task 3 .body)/$(task 2 .parent_id)/$(task 3 '.depends_on[0]')" 'null/null/1/2' 'which no task gets as its text'
person '"issue":3,"do":"edit","body":"A text of mine."'
sync
sync
is "$(task 3 .body)" 'A text of mine.' 'text of a person is taken'
rests 'a text'
orch-set -q 3 depends_on=1 >/dev/null
sync
like "$(gh_issue 3 .body)" 'A text of mine.*Blocked by: #1*' 'a block follows the task'
# One of which a task gets a part is not cut for that.
long=$(perl -e 'print "All of it. " x 5950')
person "\"issue\":1,\"do\":\"edit\",\"body\":\"$long\""
sync
orch-set -q 3 depends_on= >/dev/null
orch-set -q 1 depends_on=3 >/dev/null
sync
is "$(task 1 '.body | length < 61000') $(gh_issue 1 '.body | length')" "true ${#long}" 'a text that is longer than a task gets stays whole'
is "$(gh_issue 1 .body | grep -c Blocked)" 0 'without a block'
orch-set -q 1 depends_on= >/dev/null
orch-set -q 3 depends_on=1 >/dev/null
rests 'a long text'
gh_clear
gh_option '{"sub_issues":true,"dependencies":true}'
gh_clock 86401
ORCH_TEST_NOW=2026-01-03T04:04:10Z orch-sync-gh -q --full >/dev/null 2>&1
gh_clock 1
ORCH_TEST_NOW=2026-01-03T04:04:12Z orch-sync-gh -q --full >/dev/null 2>&1
is "$(links 2)/$(links 3)" '1 /0 1' 'after a day it is tried again'
like "$(gh_issue 3 .body)" 'A text of mine.*' 'and the block goes'
is "$(gh_issue 3 .body | grep -c Blocked)" 0 'from the body'
is "$(gh_violations)" '' 'all as GitHub wants it'

# Our clock is wrong by two hours, either way.
for clock in 2026-01-02T01:04 2026-01-02T05:04; do
	scene
	now=0
	skewed() {
		gh_clock 1
		now=$((now + 1))
		ORCH_TEST_NOW=$clock:$(printf %02d "$now")Z orch-sync-gh -q "$@" >"$T/out" 2>"$T/err"
	}
	skewed
	person '"issue":1,"do":"edit","title":"Oil the door"'
	skewed
	is "$(task 1 .title)" 'Oil the door' "clock at $clock: what a person did is taken"
	ORCH_TEST_NOW=$clock:30Z orch-set -q 2 title='Grease it' >/dev/null
	skewed
	is "$(gh_issue 2 .title)" 'Grease it' 'and what was done here'
	gh_seed '{"issues":[{"repo":"acme/app","title":"Newer","user":"ana","association":"MEMBER"}]}' >/dev/null
	skewed
	is "$(task 4 .title)" Newer 'a new one'
	ORCH_TEST_NOW=$clock:40Z orch-add -q 'Sweep' >/dev/null
	gh_fault '{"kind":"reset-after","method":"POST","path":"/issues$"}'
	skewed
	gh_clock 61
	skewed
	gh_clock 61
	skewed
	is "$(gh_dump '[.repos[0].issues[] | select(.title == "Sweep")] | length')" 1 'a lost reply'
	like "$(jq .since .orch/state/gh/github.com/*.json)" 17673230* "the time is GitHub's"
	gh_clear
	skewed
	skewed
	is "$(gh_billed)" 0 'and nothing is billed' || note "$(gh_log '[.method,.path,.query,.status]')"
done

# Words that nobody knows yet, and members that are missing.
for fault in '"kind":"unknown-enum"' '"kind":"missing-members"'; do
	scene
	orch-set -q 1 labels+=x body='Mine.' priority=high >/dev/null
	sync
	sync
	cp tasks.yml "$T/before"
	gh_clear
	gh_fault "{$fault,\"times\":0}"
	sync --full
	person '"issue":1,"do":"label","label":"y"'
	sync
	sync --full
	gh_control clear-faults '{}' >/dev/null
	is "$(gh_count '[!G]*' '*')" 0 "$fault changes nothing there" || note "$(gh_log '[.method,.path,.body]')"
	is "$(orch-list --json | jq -c 'del(.labels, .updated_at)')" "$(cp tasks.yml "$T/now"; cp "$T/before" tasks.yml; orch-list --json | jq -c 'del(.labels, .updated_at)'; cp "$T/now" tasks.yml)" \
		'nor here, but for labels'
	sync
	sync --full
	is "$(task 1 '.labels | sort | join(",")')" x,y 'then what was missed is taken'
	rests "$fault"
done
done_testing
