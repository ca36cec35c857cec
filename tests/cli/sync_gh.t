#!/bin/sh
# orch-sync-gh against a GitHub on loopback: what a person would look at first.  Other files
# have the rest: sync_merge.t what both sides changed, sync_crash.t kills and lost replies,
# sync_limits.t what GitHub refuses, sync_trust.t strangers.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
export ORCH_TEST_NOSYNC=1

project
unset GH_TOKEN GITHUB_REPO
git remote add origin https://github.com/acme/public
exits 78 'without a repository it does nothing, whatever git knows of one' orch-sync-gh
like "$(cat "$T/err")" '*gh.repo*' 'and names the key'
exits 78 'nor with a name that is none' env GITHUB_REPO=../x orch-sync-gh
exits 77 'without a token it does nothing' env GITHUB_REPO=acme/app orch-sync-gh
exits 2 'an unknown verb is misuse' orch-sync-gh pul
like "$(cat "$T/err")" '*pull*' 'and the nearest is named'

gh_start
printf 'gh: {write_interval: 0}\n' >>orch.yml
exits 1 'before the first run there is no state' orch-sync-gh status

# The first run.
gh_seed '{"issues":[
 {"repo":"acme/app","title":"Mend the door","body":"It squeaks.<!-- hush -->","user":"ana","labels":["bug"],"association":"MEMBER"},
 {"repo":"acme/app","title":"Buy my pills","user":"mallory","association":"NONE"},
 {"repo":"acme/app","title":"A change","user":"ana","association":"MEMBER","pull":true},
 {"repo":"acme/app","title":"Old","user":"ana","association":"MEMBER","state":"closed"}]}' >/dev/null
orch-add -q 'Water the plants' >/dev/null
exits 0 'a dry run' orch-sync-gh -n
like "$(cat "$T/out")" '*import*#1: Mend the door*create task 1: Water the plants*' 'tells what it would do'
is "$(gh_count '[!G]*' '*')" 0 'and writes nothing there'
is "$(orch-list -o id)" 1 'and nothing here'
is "$(ls .orch/state/gh 2>/dev/null)" '' 'not even what it found out'

ok 'the first run' orch-sync-gh
is "$(cat "$T/out")" 2 'prints the task that it made'
like "$(cat "$T/err")" '*acme/app*number*' 'and says which repository this project goes with'
is "$(orch-list -o title)" 'Water the plants
Mend the door' 'it takes in the issue of a member, no stranger, no pull request, nothing closed'
is "$(orch-show --json 2 | jq -r '.body, .labels[0], .gh.number, .gh.repo_id != null, .status')" \
	'It squeaks.<!-- hush -->
bug
1
true
new' 'whole'
like "$(orch-context 2)" '*It squeaks.*' 'a prompt has its text'
is "$(orch-context 2 | grep -c hush)" 0 'but not what people do not see'
is "$(gh_issue 5 '.title, .state')" 'Water the plants
open' 'the task has an issue'
like "$(gh_issue 5 '.body')" '*<!-- orch:task=* -->*' 'with a mark'
is "$(orch-show --json 1 | jq -r .gh.number)" 5 'which the task names'
is "$(gh_issue 5 '.labels | map(.name? // .) | sort | join(",")')" status:new 'its status is a label'
is "$(gh_violations)" '' 'all as GitHub wants it'

# Nothing to do.  The first list after a change is asked for anew, the next are not modified.
orch-sync-gh -q >/dev/null
gh_clear
ok 'again' orch-sync-gh
is "$(cat "$T/out")" '' 'there is nothing to do'
is "$(gh_log .status)" 304 'which one request tells'
is "$(gh_billed)" 0 'that is not billed'

# What becomes of a task.
orch-set -q 1 agent=sh command=true
orch-route -q 1 >/dev/null
orch-run -q 1 >/dev/null
is "$(orch-list 1 -o status)" 'done' 'the work is done'
gh_clear
ok 'its issue' orch-sync-gh
is "$(gh_issue 5 '.state, .state_reason')" 'closed
completed' 'is closed'
is "$(gh_count '[!G]*' '*')" 3 'with three writes: the issue, its state and the result as comments'
is "$(gh_issue 5 '.comments | length')" 2 'that is two comments'
gh_clear
orch-sync-gh -q >/dev/null
orch-sync-gh -q >/dev/null
is "$(gh_count '[!G]*' '*')" 0 'once'
is "$(gh_violations)" '' 'all as GitHub wants it'

# What people do.
gh_person '{"as":"ana","issue":1,"do":"close","reason":"not_planned"}' >/dev/null
is "$(orch-sync-gh -q)" 2 'an issue that is closed as not planned'
is "$(orch-list 2 -o status)" cancelled 'withdraws its task'
gh_person '{"as":"ana","issue":1,"do":"reopen"}' >/dev/null
orch-sync-gh -q >/dev/null
is "$(orch-list 2 -o status)" new 'reopened it is back'
gh_person '{"as":"ana","issue":1,"do":"edit","title":"Oil the door"}' >/dev/null
orch-sync-gh -q >/dev/null
is "$(orch-list 2 -o title)" 'Oil the door' 'a title is taken over'
ok 'status' orch-sync-gh status
like "$(cat "$T/out")" '*acme/app*linked	2*outbox	0*' 'tells how it stands'
host=$(orch-sync-gh status --json | jq -r .host)
orch-status --prometheus | grep '^orch_sync' | sed 's/{project="[^"]*",/{/' >"$T/metrics"
is "$(grep -v last_run "$T/metrics")" "$(printf 'orch_sync_%s{repo="%s/acme/app"} %s\n' failed "$host" 0 linked "$host" 2 outbox "$host" 0 left "$host" 0 held "$host" 0)" \
	'as metrics'
is "$(sed -n 's/.*_age_seconds.* //p' "$T/metrics")" 0 'that ran now'
is "$(orch-sync-gh status --json | jq -c '[.schema, .repo, .linked, .outbox]')" '[1,"acme/app",2,0]' 'as JSON, too'

# Letting go, and coming together again.
is "$(orch-sync-gh unlink 2)" 2 'unlink'
is "$(orch-show --json 2 | jq -r '.gh, (.labels | sort | join(","))')" 'null
bug,no_gh' 'lets go'
gh_clear
orch-sync-gh -q --full
is "$(orch-list -o id | wc -l | tr -d ' ') $(gh_count POST /issues)" '2 0' 'nothing is made of it on either side'
orch-set -q 2 labels=bug >/dev/null
ok 'link' orch-sync-gh link 2 1
is "$(orch-show --json 2 | jq -r .gh.number)" 1 'brings them together'
exits 2 'but no two tasks with one issue' orch-sync-gh link 1 1
orch-sync-gh -q >/dev/null
is "$(gh_violations)" '' 'all as GitHub wants it'
ok 'what is remembered of the repository is sound' orch-fsck
is "$(cat "$T/out" "$T/err")" '' 'and orch-fsck tells of nothing'

done_testing
