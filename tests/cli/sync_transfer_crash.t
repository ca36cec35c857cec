#!/bin/sh
# orch-sync-gh killed at every request and before every durable step, where issues were taken to
# another repository and their tasks changed: all is written there, once.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
# shellcheck source=tests/lib/kills.sh
. "$ROOT/tests/lib/kills.sh"
export ORCH_TEST_NOSYNC=1

project
gh_start '' --state "$T/github.json"
printf 'isolation: none\ngh: {write_interval: 0}\n' >>orch.yml
gh_seed '{"repos":[{"owner":"acme","name":"other","collaborators":{"orch-bot":"write","ana":"admin"}}],
	"issues":[{"repo":"acme/other","title":"A stranger","count":2}]}' >/dev/null
orch-add -q -l home -a sh --command true 'Feed the cat' >/dev/null
orch-add -q -l home 'Water the plants' >/dev/null
orch-sync-gh -q >/dev/null
orch-run -q 1 >/dev/null
orch-set -q 2 title='Water the flowers' >/dev/null
for i in 1 2; do gh_person "{\"as\":\"ana\",\"issue\":$i,\"do\":\"transfer\",\"to\":\"acme/other\",\"new_comments\":true}" >/dev/null; done
template
truth() {
	gh_control dump | jq -c '.repos[] | [.name, (.issues[] | select(.moved | not) |
		[.number, .title, .state, (.labels | sort | join(",")), (.comments | length)])]'
	orch-list all --json | jq -c '[.id, .title, .status, .labels, .gh.number, .gh.from.number]'
	gh_violations
	jq -c .outbox .orch/state/gh/github.com/*.json
}
scene
for i in 1 2 3; do later 1; done
truth >"$T/want"
is "$(cat "$T/want")" '["app"]
["other",[1,"A stranger 1","open","",0],[2,"A stranger 2","open","",0],[3,"Feed the cat","closed","agent:sh,home,status:done",2],[4,"Water the flowers","open","home",0]]
[1,"Feed the cat","done",["home"],3,1]
[2,"Water the flowers","new",["home"],4,2]
[]' 'undisturbed they go on there'
kills
done_testing
