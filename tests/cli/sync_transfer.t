#!/bin/sh
# An issue that is taken to another repository of the same owner goes on with its task there, both
# ways, and nothing of it is written anywhere else; where it may not be followed it is parked.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
export ORCH_TEST_NOSYNC=1

writes() { gh_count '[!G]*' '*'; }
asked() { gh_log 'select(.path | test("/repositories/")) | [.method, .status]' | xargs; }
status() { orch-sync-gh status --json | jq -c "$1"; }
field() { orch-show --json "$1" | jq -c "$2"; }
# there REPO N [FILTER]: an issue of it
there() { gh_dump ".repos[] | select(.name == \"$1\") | .issues[] | select(.number == $2) | ${3-.}"; }
repo() { gh_seed "{\"repos\":[{\"owner\":\"$1\",\"name\":\"$2\",${3-}\"collaborators\":{\"orch-bot\":\"write\",\"ana\":\"admin\"}}]}" >/dev/null; }

# Issue 1 of acme/other is another one, as is 1 of acme/app.
gh_start
project
printf 'isolation: none\ngh: {write_interval: 0, repo: acme/app}\n' >>orch.yml
repo acme other
repo acme third
repo acme open '"private":false,'
repo acme inner '"visibility":"internal",'
repo beta else
gh_seed '{"issues":[{"repo":"acme/other","title":"A stranger","count":2}]}' >/dev/null
for title in One Two; do
	gh_seed "{\"issues\":[{\"repo\":\"acme/app\",\"title\":\"$title\",\"user\":\"ana\",\"association\":\"MEMBER\",\"labels\":[\"home\"]}]}" >/dev/null
done
orch-add -q -a sh --command true 'Feed the cat' >/dev/null
orch-sync-gh -q >/dev/null
orch-set -q 2 priority=high >/dev/null
orch-add -q --parent 2 'Wash the cat' >/dev/null
orch-sync-gh -q >/dev/null
is "$(orch-list -o id,title | tr '\t\n' ' ,')$(field 2 .gh.number)" '1 Feed the cat,2 One,3 Two,4 Wash the cat,1' 'a project'
stranger=$(there other 1 '[.title, .labels, (.comments | length)]')

# --- followed
later 600
person '"issue":1,"do":"comment","body":"Said before."'
person '"issue":1,"do":"transfer","to":"acme/other","new_comments":true'
orch-set -q 2 title='One more' >/dev/null
gh_clear
exits 75 'an issue was taken to another repository, which a write finds out' orch-sync-gh
like "$(cat "$T/err")" '*task 2 #1*taken to another repository*' 'is told'
is "$(there other 1 '[.title, .labels, (.comments | length)]')" "$stranger" 'nothing is written to one of its number there'
is "$(field 2 '[.gh.number, .gh.from.number, .gh.url]')" '[3,1,"https://github.test/acme/other/issues/3"]' 'the task names it where it is'
like "$(field 2 '.history[-1].note')" '*taken to https://github.test/acme/other/issues/3*' 'its history tells'
gh_clear
ok 'the next run goes on there' orch-sync-gh -q
is "$(there other 3 '[.title, (.labels | sort | join(","))] | join(": ")')" 'One more: home,priority:high' \
	'with all that was dropped on the way'
is "$(field 2 '[.title, .labels, .priority]')" '["One more",["home"],"high"]' 'the task keeps what it has'
orch-sync-gh -q >/dev/null
gh_clear
ok 'where nothing changes' orch-sync-gh -q
is "$(gh_log .status | xargs) $(gh_billed)" '304 304 0' 'it costs a request that is not billed'

# --- both ways
person '"repo":"acme/other","issue":3,"do":"edit","title":"One of ana"'
person '"repo":"acme/other","issue":3,"do":"label","label":"ours"'
orch-set -q 2 priority=low >/dev/null
gh_clear
ok 'both sides change' orch-sync-gh -q
is "$(field 2 '[.title, .labels]')" '["One of ana",["home","ours"]]' 'what is changed there comes in'
like "$(there other 3 '.labels | join(",")')" '*priority:low*' 'what is changed here goes there'
person '"repo":"acme/other","issue":3,"do":"comment","body":"/priority urgent"'
later 60
orch-sync-gh -q >/dev/null
is "$(field 2 .priority)" '"low"' 'commands are not read there'
orch-cancel -q 2 >/dev/null
ok 'the task is withdrawn' orch-sync-gh -q
is "$(there other 3 '.state + " " + .state_reason')" 'closed not_planned' 'which closes it'
person '"repo":"acme/other","issue":3,"do":"reopen"'
gh_clear
ok 'one that is closed' orch-sync-gh -q
is "$(asked)" '' 'is not asked for in each run'
ok 'but in a list of all' orch-sync-gh -q --full
is "$(field 2 .status)" '"blocked"' 'so that it can be reopened'

# --- comments
later 600
person '"issue":3,"do":"transfer","to":"acme/other"'
orch-run -q 1 >/dev/null
gh_clear
orch-sync-gh -q >/dev/null 2>&1
orch-sync-gh -q >/dev/null
is "$(there other 4 '[.state, (.comments | length)] | map(tostring) | join(" ")')" 'closed 2' 'closing, the state and the result go there, once'
is "$(there other 4 '.comments[].body' | grep -c 'orch:c=')" 2 'with our marks'
person '"repo":"acme/other","issue":4,"do":"transfer","to":"acme/third","new_comments":true'
orch-retry -q 1 >/dev/null && orch-run -q 1 >/dev/null
orch-sync-gh -q >/dev/null 2>&1
orch-sync-gh -q >/dev/null
is "$(there third 1 '.comments | length')" 3 'twice taken away: each result once, one comment with the state'
is "$(field 1 '[.gh.number, .gh.from.number]')" '[1,3]' 'and it is known where it began'

# --- the folder of state is lost
rm -r .orch/state/gh
gh_clear
ok 'all that was remembered is lost' orch-sync-gh -q
orch-sync-gh -q >/dev/null
is "$(gh_dump '[.repos[].issues | length] | add') $(there third 1 '.comments | length')" "$(gh_dump '[.repos[].issues | length] | add') 3" 'nothing is made again'
is "$(gh_count POST '*') $(there other 1 '[.title, .labels, (.comments | length)]')" "0 $stranger" 'nowhere'
person '"repo":"acme/third","issue":1,"do":"reopen"'
ok 'they go on where they are' orch-sync-gh -q --full
is "$(field 1 .status)" '"routed"' 'both ways'

# --- back again
person '"repo":"acme/third","issue":1,"do":"edit","title":"Feed both"'
person '"repo":"acme/third","issue":1,"do":"transfer","to":"acme/app"'
n=$(gh_dump '.repos[] | select(.name == "app") | .issues | length')
gh_clear
ok 'one comes back under a new number' orch-sync-gh -q
is "$(field 1 '[.gh.number, .gh.from, .title]')" "[$n,null,\"Feed both\"]" 'it is followed'
is "$(orch-list all -o id | wc -l | tr -d ' ')" 4 'and no task is made of it'
orch-set -q 1 title='Feed all' >/dev/null
ok 'and goes on' orch-sync-gh -q
is "$(gh_issue "$n" .title) $(gh_issue "$n" '.comments | length')" 'Feed all 3' 'as one of this repository'
person '"repo":"acme/other","issue":3,"do":"transfer","to":"acme/app","number":1'
orch-set -q 2 title='One again' >/dev/null
orch-sync-gh -q >/dev/null 2>&1
ok 'another one under its former number' orch-sync-gh -q
is "$(field 2 '[.gh.number, .gh.from]') $(gh_issue 1 .title)" '[1,null] One again' 'goes on, too'
orch-sync-gh -q --full >/dev/null
gh_clear
orch-sync-gh -q >/dev/null
is "$(asked) $(status .held)" ' []' 'nothing is left of it'

# --- not followed
later 600
for to in acme/open acme/inner beta/else; do
	person "\"issue\":1,\"do\":\"transfer\",\"to\":\"$to\""
	gh_clear
	orch-sync-gh -v --full >/dev/null 2>"$T/err"
	like "$(cat "$T/err")" '*gone task 2 #1: transferred*' "taken to $to: it is parked"
	orch-set -q 2 title="Secret of $to" body=Hidden labels+=hidden >/dev/null
	ok 'which is told once' orch-sync-gh
	is "$(cat "$T/err")" '' 'and no more'
	is "$(gh_count '[!G]*' '*') $(gh_dump .repos | grep -c Secret)" '0 0' 'nothing of it gets out'
	is "$(status '.held[0] | [.task, .why]')" '[2,"transferred"]' 'status shows it'
	person "\"repo\":\"$to\",\"issue\":1,\"do\":\"transfer\",\"to\":\"acme/app\",\"number\":1"
	ok 'a person can link it again' orch-sync-gh -q link 2 1
	orch-sync-gh -q >/dev/null
done
person '"repo":"acme/third","do":"role","login":"orch-bot","role":"none"'
person '"issue":1,"do":"transfer","to":"acme/third"'
orch-sync-gh -q --full >/dev/null
is "$(status '.held[0] | [.task, .why]')" '[2,"missing"]' 'to where the token may not read: it is parked'

# --- gone from there
person '"issue":2,"do":"transfer","to":"acme/other"'
orch-sync-gh -q --full >/dev/null
is "$(field 3 .gh.number)" 5 'followed'
person '"repo":"acme/other","issue":5,"do":"delete"'
gh_clear
ok 'it is deleted there' orch-sync-gh -v
like "$(cat "$T/err")" '*gone task 3 #2: deleted*' 'is told'
orch-set -q 3 title='Two alone' >/dev/null
ok 'the task goes on' orch-sync-gh
is "$(writes)" 0 'and nothing is made for it'
is "$(gh_violations)" '' 'all as GitHub wants it'
done_testing
