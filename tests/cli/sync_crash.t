#!/bin/sh
# orch-sync-gh killed at every request, before GitHub has done it and after, and before every
# durable step; and what was made while the reply was lost, and lists that lag: one issue for each
# task and one comment for each result, whatever happens.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
# shellcheck source=tests/lib/kills.sh
. "$ROOT/tests/lib/kills.sh"
export ORCH_TEST_NOSYNC=1

# A project whose tasks have issues; then one is done, one has another title, a third is new, and
# so is an issue.
project
gh_start '' --state "$T/github.json"
printf 'isolation: none\ngh: {write_interval: 0}\n' >>orch.yml
orch-add -q 'Water the plants' >/dev/null
orch-add -q -a sh --command true 'Feed the cat' >/dev/null
orch-sync-gh -q >/dev/null
gh_seed '{"issues":[{"repo":"acme/app","title":"Mend the door","user":"ana","association":"MEMBER"}]}' >/dev/null
orch-run -q 2 >/dev/null
orch-set -q 1 title='Water the flowers' >/dev/null
orch-add -q 'Open the window' >/dev/null
template

# What must hold in the end.
truth() {
	gh_control dump | jq -r '.repos[0].issues | ([.[].title] | sort | join(",")),
		(.[] | select(.title == "Feed the cat") | .state, (.comments | length)),
		([.[].comments | length] | add)'
	orch-list --json | jq -rs 'map(.title) | sort | join(",")'
	orch-list --json | jq -r .gh.number | sort | uniq -d
	gh_violations
	jq -c .outbox .orch/state/gh/github.com/*.json
}

scene
orch-sync-gh -q >/dev/null
orch-sync-gh -q >/dev/null
truth >"$T/want"
is "$(cat "$T/want")" 'Feed the cat,Mend the door,Open the window,Water the flowers
closed
2
2
Feed the cat,Mend the door,Open the window,Water the flowers
[]' 'undisturbed it comes to this'

kills

# An issue comes in, and the run is killed between the commit of its task and the end: what both
# sides were then is known all the same, so that labels which either side takes away stay away.
# Before the commit, it comes in later.
labels() { gh_dump ".repos[0].issues[] | select(.title == \"$1\") | [.labels[] | .name? // .] | sort | join(\",\")"; }
door() { orch-list --json | jq -r 'select(.title == "Mend the door") | .id'; }
scene
gh_person '{"as":"ana","issue":3,"do":"label","label":"bug"}' >/dev/null
gh_person '{"as":"ana","issue":3,"do":"label","label":"old"}' >/dev/null
gh_save
gh_stop
cp "$T/github.json" "$T/tmpl.json"
scene
ORCH_TEST_STEPS=$T/steps.pull orch-sync-gh -q pull >/dev/null
steps=$(wc -l <"$T/steps.pull") there=0 before=0 k=$steps
while [ "$k" -gt 0 ]; do
	scene
	ORCH_TEST_CRASH_AT=$k orch-sync-gh -q pull >/dev/null 2>&1
	what="killed before step $k of an import, $(sed -n "${k}p" "$T/steps.pull")"
	id=$(door)
	if [ -n "$id" ]; then
		there=$((there + 1))
		gh_person '{"as":"ana","issue":3,"do":"unlabel","label":"bug"}' >/dev/null
		orch-set -q "$id" labels-=old >/dev/null
		later 61
		later 61
		is "$(labels 'Mend the door') $(orch-show --json "$id" | jq -c '.labels // []')" ' []' "$what: what was taken away stays away"
	else
		before=$((before + 1))
		later 61
		is "$(labels 'Mend the door') $(orch-show --json "$(door)" | jq -c '.labels')" 'bug,old ["bug","old"]' "$what: it comes in later"
	fi
	is "$(grep -l pending .orch/state/gh/github.com/*/*.json)" '' 'nothing is left of the attempt'
	k=$((k - (STEP + 1) / 2))
done
[ "$there" -gt 3 ] && [ "$before" -gt 1 ]
result $? "it was killed on both sides of the commit: $there and $before"

# Replies that are lost, of a write that was done, or was not.
for fault in \
	'"kind":"reset-after"' '"kind":"drop-after"' '"kind":"truncated"' '"kind":"reset-body"' \
	'"kind":"status","status":502,"html":true,"after":true' '"kind":"reset-before"' \
	'"kind":"status","status":502' '"kind":"content-type","value":"text/html"'; do
	for path in '/issues$' '/issues/*/comments'; do
		scene
		gh_fault "{$fault,\"method\":\"POST\",\"path\":\"$path\"}"
		exits 75 "lost: $fault of $path" orch-sync-gh -q
		# The lists know nothing of it yet.
		gh_fault '[{"kind":"empty-list","path":"/issues$","times":0},{"kind":"empty-list","path":"/issues/*/comments","method":"GET","times":0}]'
		posts=$(gh_count POST "${path%\$}")
		later 30
		is "$(gh_count POST "${path%\$}")" "$posts" 'what is not to be seen yet is not made again' ||
			note "$(gh_log '[.method,.path,.status,.fault]')"
		gh_control clear-faults '{}' >/dev/null
		later 40
		later 61
		told 'and it is there once'
	done
done
scene
gh_fault '{"kind":"reset-after","method":"PATCH","times":0}'
orch-sync-gh -q >/dev/null 2>&1
gh_control clear-faults '{}' >/dev/null
later 1
later 61
told 'changes of which no reply came are made'
is "$(gh_dump '[.repos[0].issues[] | select(.title == "Water the flowers")] | length')" 1 'once'
done_testing
