#!/bin/sh
# orch-sync-gh killed at every request, before GitHub has done it and after, and before every
# durable step; and what was made while the reply was lost, and lists that lag: one issue for each
# task and one comment for each result, whatever happens, also where issues are taken elsewhere.
# Here every 7th kill, for LONG=1 every second, for LONG=all each.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
export ORCH_TEST_NOSYNC=1
case ${LONG-} in '') STEP=7 ;; all) STEP=1 ;; *) STEP=2 ;; esac

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
gh_stop
cp -a "$T/w/p" "$T/tmpl"
cp "$T/github.json" "$T/tmpl.json"

# That once more.
scene() {
	gh_stop
	rm -rf "$T/w/p"
	cp -a "$T/tmpl" "$T/w/p" && cd "$T/w/p" || exit 1
	cp "$T/tmpl.json" "$T/github.json"
	gh_start empty --state "$T/github.json"
}

# later SECONDS: both clocks, and a run
now=0
later() {
	gh_clock "$1"
	now=$((now + $1))
	ORCH_TEST_NOW=$(date -u -d "@$((1767323045 + now))" +%Y-%m-%dT%H:%M:%SZ) orch-sync-gh -q >>"$T/out" 2>>"$T/err"
}

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

# told NAME: it came to what it comes to undisturbed
told() {
	truth >"$T/got" 2>&1
	cmp -s "$T/want" "$T/got"
	result $? "$1" || note "$(diff "$T/want" "$T/got"; tail -n 5 "$T/err")"
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

# Kills, of a run.  Lists lag: what was not answered for is believed to be missing after a minute.
kills() {
	first=1
	for when in before after; do
		n=$first
		while scene && gh_crash $when $n orch-sync-gh -q; do
			later 61
			later 61
			told "killed $when request $n is done"
			n=$((n + STEP))
		done
		[ $n -gt 8 ]
		result $? "there were requests to be killed at: $n"
		first=$((1 + STEP / 2))
	done
	scene
	rm -f "$T/steps"
	ORCH_TEST_STEPS=$T/steps orch-sync-gh -q >/dev/null
	steps=$(wc -l <"$T/steps") k=1
	[ "$steps" -gt 15 ]
	result $? "there are durable steps: $steps"
	while [ $k -le "$steps" ]; do
		scene
		ORCH_TEST_CRASH_AT=$k orch-sync-gh -q >/dev/null 2>&1
		[ $? -eq 137 ] || result 1 "step $k came"
		later 61
		later 61
		told "killed before step $k, $(sed -n "${k}p" "$T/steps")"
		k=$((k + STEP))
	done
}
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

# Issues that were taken to another repository, of tasks that changed: all is written there.
gh_stop
rm -rf "$T/w/p" "$T/tmpl" "$T/github.json"
mkdir "$T/w/p" && cd "$T/w/p" || exit 1
project .
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
gh_stop
cp -a "$T/w/p" "$T/tmpl"
cp "$T/github.json" "$T/tmpl.json"
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
["other",[1,"A stranger 1","open","",0],[2,"A stranger 2","open","",0],[3,"Feed the cat","closed","agent:sh,home,status:done",2],[4,"Water the flowers","open","home,status:new",0]]
[1,"Feed the cat","done",["home"],3,1]
[2,"Water the flowers","new",["home"],4,2]
[]' 'undisturbed they go on there'
kills
done_testing
