#!/bin/sh
# What a synchronisation costs, counted: requests, and those of them that GitHub bills.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
export ORCH_TEST_NOSYNC=1

# cost ARG..: "REQUESTS BILLED" of a run, which must succeed.
cost() {
	gh_clear
	orch-sync-gh -q "$@" >"$T/out" 2>"$T/err" || echo "failed: $?"
	echo "$(gh_log .n | wc -l | tr -d ' ') $(gh_billed)"
}
edit() { gh_person "{\"as\":\"ana\",\"issue\":$1,\"do\":\"edit\",\"title\":\"$2\"}" >/dev/null; }

gh_start
project
printf 'isolation: none\ngh: {write_interval: 0}\n' >>orch.yml

# A thousand issues, as they are made by people: not all in one minute.
gh_seed '{"issues":[{"repo":"acme/app","title":"Old","user":"ana","association":"MEMBER","count":990}]}' >/dev/null
later 86400
gh_seed '{"issues":[{"repo":"acme/app","title":"New","user":"ana","association":"MEMBER","count":10}]}' >/dev/null
later 600
is "$(cost pull)" '11 11' 'a thousand issues are ten requests, and one that says which repository it is'
is "$(orch-list -o id | wc -l | tr -d ' ')" 1000 'they are a thousand tasks'
is "$(gh_log 'select(.path | endswith("/issues")) | .n' | wc -l | tr -d ' ')" 10 'ten'
is "$(cost pull)" '1 1' 'the first question about what is new is answered in full'
is "$(cost pull)" '1 0' 'from then on it is one request, which is not billed'
later 3600
is "$(cost pull)" '1 0' 'an hour later, too'
is "$(cost)" '1 0' 'one that may write, too: that a task is new is nothing to write'
is "$(gh_count '[!G]*' '*')" 0 'to a thousand issues'
is "$(orch-sync-gh --json | jq -c '[.do, .requests, .billed, .writes]')" '["sums",1,0,0]' 'it says so itself'
is "$(cost --full)" '11 10' 'all of them are asked for when that is wanted'
is "$(cost)" '1 0' 'which spoils nothing'

# The clock of this machine does not matter.
for skew in 7200 -7200; do
	was=$now now=$((now + skew))
	later 0
	is "$(cost)" '1 0' "our clock is off by $skew s: it costs nothing"
	now=$was
	later 0
done

# What people change.
later 3600
for i in 3 5 8; do edit $i "Changed $i"; done
is "$(cost pull)" '2 2' 'three that changed are two requests: the list, and what was said of all'
is "$(tr '\n' ' ' <"$T/out")" '3 5 8 ' 'and come in'
is "$(cost pull)" '1 1' 'the next question is a new one'
is "$(cost pull)" '1 0' 'then all is quiet'
later 60
edit 13 'Changed 13'
is "$(cost pull)" '2 2' 'one more within the same minutes'
is "$(cost pull)" '1 1' 'as before'
is "$(cost pull)" '1 0' 'as before'

# What becomes of a task.
orch-set -q 1 agent=sh command=true >/dev/null
orch-run -q 1 >/dev/null
later 60
gh_clear
ok 'a task is done' orch-sync-gh -q
is "$(gh_log '.method' | sort | uniq -c | tr -s ' \n' ' ')" ' 1 GET 1 PATCH 2 POST ' \
	'that is the issue, the comment with the state, that with the result'
is "$(gh_log 'select(.method == "PATCH" or .method == "POST") | .path | split("/")[-1]' | tr '\n' ' ')" \
	'1 comments comments ' 'no more'
is "$(gh_issue 1 '.labels | map(.name? // .) | sort | join(",")')" 'agent:sh,status:done' 'where it is stands in its labels now'
[ "$(gh_billed)" -le 4 ]
result $? 'at most four are billed'
is "$(cost)" '2 2' 'our own writes come back once'
is "$(gh_count '[!G]*' '*') $(cat "$T/out")" '0 ' 'and change nothing'
cost >/dev/null
is "$(cost)" '1 0' 'then all is quiet'
orch-set -q 2 priority=high >/dev/null
is "$(cost)" '2 1' 'a label is one write'
cost >/dev/null
cost >/dev/null
later 3600
orch-set -q 4 priority=high >/dev/null
is "$(cost)" '2 1' 'at any time'

# Another token.
cost >/dev/null
cost >/dev/null
is "$(cost)" '1 0' 'nothing is new'
gh_clear
ok 'another token' env GH_TOKEN=t-ana orch-sync-gh -q
is "$(gh_log 'select(.etag) | .n')" '' 'does not ask with what belongs to the first'
is "$(gh_log .status | sort -u)" 200 'and gets all of the answer'
gh_clear
ok 'the same again' env GH_TOKEN=t-ana orch-sync-gh -q
is "$(gh_log '[.status, .etag] | @json')" '[304,true]' 'has its own'
is "$(cost)" '1 1' 'the first begins anew'
is "$(cost)" '1 0' 'once'

# So many changes within two minutes that they are no one page.
later 3600
gh_seed '{"issues":[{"repo":"acme/app","title":"Many","user":"ana","association":"MEMBER","count":250}]}' >/dev/null
is "$(cost pull)" '3 3' '250 new ones are three requests'
is "$(orch-list -o id | wc -l | tr -d ' ')" 1250 'all come in'
later 600
cost pull >/dev/null
cost pull >/dev/null
is "$(cost pull)" '1 0' 'when they are read all is quiet here as well'
later 60
edit 1100 'One of many'
cost pull >/dev/null
is "$(cat "$T/out")" 1100 'and still what changes is seen'
later 600
edit 700 'One of the others'
cost pull >/dev/null
is "$(cat "$T/out")" 700 'wherever it is'
cost pull >/dev/null
cost pull >/dev/null
is "$(cost pull)" '1 0' 'then all is quiet'

# Nothing there at all.
gh_seed '{"repos":[{"owner":"acme","name":"empty","collaborators":{"orch-bot":"write"}}]}' >/dev/null
cd .. && project empty
printf 'gh: {repo: acme/empty}\n' >>orch.yml
unset GITHUB_REPO
cost >/dev/null
is "$(cost)" '1 0' 'an empty repository costs nothing'
is "$(gh_violations)" '' 'all as GitHub wants it'
done_testing
