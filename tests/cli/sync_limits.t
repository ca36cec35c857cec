#!/bin/sh
# Limits: while GitHub said to wait nothing is asked, by no process and for no project with that
# token, whatever our clock says; then it goes on where it was.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
export ORCH_TEST_NOSYNC=1

requests() { gh_log .n | wc -l | tr -d ' '; }
title() { gh_issue "$1" .title; }
n=0
# fresh: nothing is known of limits any more, no faults, another number for a title.
fresh() {
	n=$((n + 1))
	export XDG_STATE_HOME="$T/state.$n"
	gh_clear
}

gh_start
project second
printf 'gh: {write_interval: 0}\n' >>orch.yml
cd ..
project
printf 'gh: {write_interval: 0}\n' >>orch.yml
orch-add -q 'Water the plants' >/dev/null
ok 'a task and its issue' orch-sync-gh -q
ok 'a second project' orch-sync-gh -q -C ../second

# limited SECONDS NAME FAULT: nothing is sent before, by whomever; then it goes on.
limited() {
	fresh
	orch-set -q 1 title="Limit $n" >/dev/null
	gh_fault "$3"
	exits 75 "$2" orch-sync-gh
	like "$(cat "$T/err")" '*limited by GitHub until*' 'and says so'
	gh_clear
	until=$(date -u -d "@$((now + $1))" +%Y-%m-%dT%H:%M)
	like "$(orch-sync-gh status | grep backoff)" "backoff	* until $until*" 'status shows it'
	like "$(orch-sync-gh status --json | jq -r '.backoff[].until')" "$until*" 'as JSON, too'
	later $(($1 - 3))
	exits 75 'the next process waits' orch-sync-gh -q
	exits 75 'so does a dry run' orch-sync-gh -n
	exits 75 'and another project with that token' orch-sync-gh -q -C ../second
	is "$(requests)" 0 'none of them asked anything'
	later 6
	ok "after $1 s" orch-sync-gh -q
	is "$(title 1)" "Limit $n" 'it is done'
	is "$(orch-sync-gh status --json | jq -c .backoff)" '[]' 'and nothing is to be waited for'
}
limited 90 'retry-after' '{"kind":"retry-after","seconds":90}'
limited 90 'retry-after as a date' '{"kind":"retry-after","seconds":90,"date":true}'
limited 90 'retry-after with 429, to a write' '{"kind":"retry-after","seconds":90,"status":429,"method":"PATCH"}'
limited 600 'a quota that is used up' '{"kind":"primary","seconds":600}'
limited 600 'the same with 429, to a write' '{"kind":"primary","seconds":600,"status":429,"method":"PATCH"}'
limited 60 'the secondary limit' '{"kind":"secondary"}'
limited 60 'the same with 429, to a write' '{"kind":"secondary","method":"PATCH","status":429}'
# Whatever our clock says: it is their time to which theirs is compared.
for skew in 7200 -14400; do
	now=$((now + skew))
	later 0
	limited 600 "a quota, our clock moved by $skew s" '{"kind":"primary","seconds":600}'
	limited 90 'a date of theirs' '{"kind":"retry-after","seconds":90,"date":true}'
done
now=$((now + 7200))
later 0

# Who has another token need not wait.
fresh
gh_fault '{"kind":"retry-after","seconds":900}'
exits 75 'one has to wait' orch-sync-gh -q
ok 'another need not' env GH_TOKEN=t-ana orch-sync-gh -q -C ../second
gh_clear
later 902

# A secondary limit again and again: twice as long each time.
fresh
gh_fault '{"kind":"secondary","times":0}'
for wait in 60 120 240; do
	exits 75 "the secondary limit: $wait s" orch-sync-gh -q
	gh_clear
	later $((wait - 3))
	exits 75 'not before' orch-sync-gh -q
	is "$(requests)" 0 'indeed'
	gh_fault '{"kind":"secondary","times":0}'
	later 6
done
fresh

# The last of the quota: its answer counts, and then it is waited.
later 200
gh_person '{"as":"ana","issue":1,"do":"edit","title":"The last"}' >/dev/null
gh_seed "{\"tokens\":[{\"token\":\"t-orch-bot\",\"limit\":5000,\"used\":4999,\"reset\":$((now + 900))}]}" >/dev/null
orch-sync-gh pull >/dev/null 2>&1
gh_clear
later 800
exits 75 'the quota is spent' orch-sync-gh -q
is "$(requests)" 0 'which is known without asking'
later 110
ok 'until it is new' orch-sync-gh -q
is "$(orch-list 1 -o title)" 'The last' 'nothing is lost'

# In the middle of writing.
fresh
for i in 1 2 3 4 5; do orch-add -q "Row $i" >/dev/null; done
gh_fault '{"kind":"retry-after","seconds":60,"method":"POST","nth":3}'
exits 75 'a limit in the middle' orch-sync-gh -q
is "$(gh_count POST /issues)" 3 'stops it there'
later 62
ok 'later' orch-sync-gh -q
is "$(gh_dump '[.repos[0].issues[].title | select(startswith("Row"))] | sort | join(",")')" \
	'Row 1,Row 2,Row 3,Row 4,Row 5' 'the others are made, each once'

# So many writes and no more.
fresh
for i in 1 2 3 4 5; do orch-add -q "Few $i" >/dev/null; done
exits 75 'two writes' orch-sync-gh --max-writes 2
is "$(gh_count '[!G]*' '*')" 2 'are two'
like "$(cat "$T/err")" '*left: create task*Few 3*left: and 2 more*' 'what is left is told'
exits 75 'none' orch-sync-gh -q --max-writes=0
is "$(gh_count '[!G]*' '*')" 2 'is none'
ok 'enough' orch-sync-gh -q --max-writes 3
is "$(gh_count '[!G]*' '*')" 5 'are all'
exits 2 'what is no number' orch-sync-gh --max-writes many
exits 2 'nor less than none' orch-sync-gh --max-writes=-1
exits 2 'a status writes nothing' orch-sync-gh status --max-writes 1

is "$(gh_violations)" '' 'all as GitHub wants it'
done_testing
