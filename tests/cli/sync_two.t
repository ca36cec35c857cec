#!/bin/sh
# Two copies of a project that synchronise at the same time: one is held at each of its requests,
# before and after GitHub has done it, the other runs whole, then the first goes on.  One issue for
# each task, one comment for each result, nothing lost.  Here every third request, for LONG=1 each.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
export ORCH_TEST_NOSYNC=1
STEP=${LONG:+1}
STEP=${STEP:-3}

# Both work for one login, each with a token of its own, as two machines have.
a() { GH_TOKEN=t-a XDG_STATE_HOME="$T/sa" "$@" -C "$T/w/a"; }
b() { GH_TOKEN=t-b XDG_STATE_HOME="$T/sb" "$@" -C "$T/w/b"; }
begin() {
	gh_stop
	rm -rf "$T/w/a" "$T/w/b" "$T/github.json" "$T/sa" "$T/sb"
	gh_start '' --state "$T/github.json"
	gh_seed '{"tokens":[{"token":"t-a","login":"orch-bot","scopes":["repo"]},{"token":"t-b","login":"orch-bot","scopes":["repo"]}]}' >/dev/null
	mkdir "$T/w/a" && cd "$T/w/a" || exit 1
	project . >/dev/null
	printf 'isolation: none\ngh: {write_interval: 0}\n' >>orch.yml
}
# As it is now, for each time.
keep() {
	cd "$T" || exit 1
	[ -d "$T/w/b" ] || cp -a "$T/w/a" "$T/w/b"
	gh_stop
	rm -rf "$T/tmpl" && cp -a "$T/w" "$T/tmpl"
	cp "$T/github.json" "$T/tmpl.json"
}
scene() {
	gh_stop
	rm -rf "$T/w" "$T/sa" "$T/sb"
	cp -a "$T/tmpl" "$T/w"
	cp "$T/tmpl.json" "$T/github.json"
	gh_start empty --state "$T/github.json"
	now=1767323045
}
both() {
	gh_clock 1
	now=$((now + 1))
	ORCH_TEST_NOW=$(date -u -d "@$now" +%FT%TZ)
	export ORCH_TEST_NOW
	a orch-sync-gh -q >>"$T/out" 2>&1
	b orch-sync-gh -q >>"$T/out" 2>&1
}
# held WHEN N: false where the first has no such request.
held() {
	rm -f "$T/hold" && mkfifo "$T/hold" && exec 7<>"$T/hold"
	gh_fault "{\"kind\":\"hold-$1\",\"nth\":$2,\"token\":\"t-a\",\"file\":\"$T/hold\"}"
	{ a orch-sync-gh -q >"$T/out" 2>&1 7>&-; echo "ended $?" >&7; } &
	read -r word _ <&7
	came=$word
	if [ "$word" = held ]; then
		b orch-sync-gh -q >>"$T/out" 2>&1
		gh_release
		while [ "$word" != ended ]; do read -r word _ <&7; done
	fi
	wait $!
	exec 7>&-
	[ "$came" = held ]
}
# each NAME: at each request it comes to $T/want in the end, and both are at rest.
each() {
	first=1
	for when in before after; do
		n=$first
		while scene && held $when $n; do
			for i in 1 2 3 4; do both; done
			gh_clear
			both
			{ truth && gh_count '[!G]*' '*' && gh_violations; } >"$T/got"
			cmp -s "$T/want" "$T/got"
			result $? "$1: one is held $when request $n" || note "$(diff "$T/want" "$T/got"; tail -n 5 "$T/out")"
			n=$((n + STEP))
		done
		[ $n -gt 3 ] || result 1 'it made requests'
		first=$((1 + STEP / 2))
	done
}
tasks() { for d in a b; do orch-list all --json -C "$T/w/$d" | jq -c '[.title, .status, .gh.number]' | sort; done; }
open() { gh_dump '.repos[0].issues[] | select(.state == "open") | .title' | sort; }

# --- import
begin
for i in 1 2 3; do person "\"do\":\"create\",\"title\":\"Issue $i\""; done
keep
truth() { tasks && open; }
cat >"$T/want" <<'E'
["Issue 1","new",1]
["Issue 2","new",2]
["Issue 3","new",3]
["Issue 1","new",1]
["Issue 2","new",2]
["Issue 3","new",3]
Issue 1
Issue 2
Issue 3
0
E
each import

# --- tasks that both have
begin
orch-add -q 'Water the plants' >/dev/null
orch-add -q 'Feed the cat' >/dev/null
keep
truth() {
	for d in a b; do orch-list all --json -C "$T/w/$d" | jq -c '[.title, .status]' | sort; done
	for d in a b; do orch-list all --json -C "$T/w/$d" | jq -c '[.id, .gh.number]' | sort; done | sort | uniq -c | awk '{print $1}'
	open
}
cat >"$T/want" <<'E'
["Feed the cat","new"]
["Water the plants","new"]
["Feed the cat","new"]
["Water the plants","new"]
2
2
Feed the cat
Water the plants
0
E
each creation

# --- a result that both have, and a status that each changed
begin
orch-add -q -a sh --command true 'Feed the cat' >/dev/null
orch-add -q 'Water the plants' >/dev/null
orch-add -q 'Open the window' >/dev/null
a orch-sync-gh -q >/dev/null
orch-run -q 1 >/dev/null
keep
b orch-cancel -q 2 >/dev/null
a orch-set -q 2 priority=high >/dev/null
b orch-set -q 3 title='Open the windows' >/dev/null
a orch-set -q 3 labels+=air >/dev/null
cd "$T" && rm -rf "$T/tmpl" && cp -a "$T/w" "$T/tmpl"
truth() {
	tasks
	gh_dump '.repos[0].issues[] | [.title, .state, (.comments | length), (.labels | sort | join(","))] | tostring'
}
cat >"$T/want" <<'E'
["Feed the cat","done",1]
["Open the windows","new",3]
["Water the plants","cancelled",2]
["Feed the cat","done",1]
["Open the windows","new",3]
["Water the plants","cancelled",2]
["Feed the cat","closed",2,"agent:sh,status:done"]
["Water the plants","closed",0,"priority:high,status:cancelled"]
["Open the windows","open",0,"air,status:new"]
0
E
each changes
done_testing
