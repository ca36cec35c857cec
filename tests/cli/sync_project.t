#!/bin/sh
# What works in another project is in no issue of this one's tracker, however it hangs
# together with tasks that are.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
export ORCH_TEST_NOSYNC=1 XDG_STATE_HOME="$T/state"

titles() { gh_dump '[.repos[0].issues[].title] | join(",")'; }
# unknown NAME: nothing that was sent has the word in it
unknown() {
	gh_log '[.path, .body]' >"$T/sent"
	gh_dump . >>"$T/sent"
	! grep -qi zebra "$T/sent"
	result $? "$1" || note "$(grep -i zebra "$T/sent" | cut -c 1-300 | head -n 3)"
}

gh_start
mkdir "$T/web" && (cd "$T/web" && git init -q && echo 1 >file && git add . && git commit -q -m First)
project
printf 'gh: {write_interval: 0, repo: acme/app}\nprojects: {web: %s/web, here: .}\n' "$T" >>orch.yml
export GITHUB_REPO=acme/app
gh_seed '{"issues":[{"repo":"acme/app","title":"Theirs","user":"ana","association":"MEMBER"}]}' >/dev/null
gh_clear

orch-add --project web -b 'The body of the zebra' -l zebra 'Paint the zebra' >"$T/id"
orch-add -d 1 'After it' >"$T/id"
orch-add 'Parent' >"$T/id"
orch-add --parent 3 --project web 'A zebra below' >"$T/id"
orch-add --project here 'Own by name' >"$T/id"
ok 'a run' orch-sync-gh -q
is "$(titles)" 'Theirs,After it,Parent,Own by name' 'what is of this project has issues'
unknown 'nothing of the other one was sent'
is "$(orch-list 1 4 --json | jq -c .gh)" 'null
null' 'its tasks have none'
later 100
gh_clear
ok 'work is done there' orch-run 1 -- sh -c 'echo 2 >>file; echo "{\"status\":\"done\",\"summary\":\"a zebra\"}"'
ok 'and told' orch-sync-gh -q
unknown 'to nobody'
is "$(orch-sync-gh -n 2>&1 | grep -ci zebra)" 0 'nor would it be'

# --- one that had an issue before
id=$(orch-list -o id title=Theirs)
later 100
orch-set -q "$id" project=web title='Theirs, the zebra' >"$T/out"
orch-set -q 2 priority=high >"$T/out"
gh_clear
ok 'an imported one goes to the other project' orch-sync-gh -q
unknown 'from then on nothing of it is sent'
is "$(titles)" 'Theirs,After it,Parent,Own by name' 'its issue is left as it is'
like "$(orch-sync-gh status)" '*project*nothing is written*' 'as the status says'
later 100
sed -i 's/web: [^,]*, //' orch.yml
gh_clear
ok 'a project that orch.yml has no more' orch-sync-gh -q
unknown 'is not taken for this one'

done_testing
