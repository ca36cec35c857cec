#!/bin/sh
# What GitHub refuses, and answers that make no sense: they change nothing, here or there, are
# told with the exit status that fits, and the token goes nowhere.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
export ORCH_TEST_NOSYNC=1

# sums: all that a broken answer must leave as it is.
sums() {
	{
		cat tasks.yml .orch/state/gh/*/*/*.json
		jq -cS 'del(.report, .skew)' .orch/state/gh/*/[0-9]*.json
	} | cksum
}
requests() { gh_log .n | wc -l | tr -d ' '; }
title() { gh_issue "$1" .title; }
n=0
# fresh: no faults, and another number for a title.
fresh() {
	n=$((n + 1))
	gh_clear
}

gh_start
project
printf 'isolation: none\ngh: {write_interval: 0}\n' >>orch.yml
gh_seed '{"issues":[{"repo":"acme/app","title":"Mend the door","user":"ana","association":"MEMBER"}]}' >/dev/null
orch-add -q 'Water the plants' >/dev/null
ok 'a task and an issue' orch-sync-gh -q

# --- answers to what is read.  There is always something new to be read, so that nobody
# can say "not modified", and which must come in afterwards.
# refused STATUS REQUESTS PATTERN NAME FAULT
refused() {
	fresh
	gh_clock 200
	gh_person "{\"as\":\"ana\",\"issue\":1,\"do\":\"edit\",\"title\":\"Title $n\"}" >/dev/null
	gh_fault "$5"
	sums >"$T/sums"
	exits "$1" "$4: $1" orch-sync-gh
	like "$(cat "$T/err")" "$3" 'and says why'
	cat "$T/out" "$T/err" >>"$T/said"
	is "$(requests) $(sums)" "$2 $(cat "$T/sums")" "after $2 requests, with nothing changed"
	is "$(orch-sync-gh status --json | jq -r '.error != null')" true 'status has it'
	gh_clear
	orch-sync-gh -q >/dev/null
	is "$(orch-list 2 -o title)" "Title $n" 'later all is well'
}
L='"method":"GET","path":"/issues","times":0'
refused 77 1 '*GH_TOKEN*refused*' 'a token that is refused' "{\"kind\":\"status\",\"status\":401,$L}"
refused 69 1 '*Resource not accessible*issues=write*' 'a permission that is missing' "{\"kind\":\"permission\",$L}"
refused 69 1 '*https://github.test/orgs/acme/sso*' 'single sign-on' "{\"kind\":\"sso\",$L}"
refused 69 1 '*acme/app*' 'a repository that is not there' "{\"kind\":\"status\",\"status\":404,$L}"
refused 69 1 '*blocked*' 'one that the law took away' "{\"kind\":\"status\",\"status\":451,$L}"
refused 69 1 '*' 'one without issues' "{\"kind\":\"status\",\"status\":410,$L}"
refused 69 3 '*502*' 'a gateway that fails' "{\"kind\":\"status\",\"status\":502,$L}"
refused 69 3 '*500*' 'a server that fails' "{\"kind\":\"status\",\"status\":500,\"html\":false,$L}"
refused 69 3 '*not JSON*' 'a page with 200' "{\"kind\":\"html200\",$L}"
refused 69 3 '*not valid JSON*' 'half of an answer' "{\"kind\":\"truncated\",$L}"
refused 69 3 '*' 'an answer that breaks off' "{\"kind\":\"reset-body\",$L}"
refused 69 3 '*' 'no answer' "{\"kind\":\"reset-before\",$L}"
refused 69 3 '*not valid JSON*' 'a key twice' "{\"kind\":\"duplicate-keys\",$L}"
refused 69 3 '*not valid JSON*' 'bytes that are no text' "{\"kind\":\"bad-utf8\",$L}"
refused 69 3 '*not JSON*' 'another type' "{\"kind\":\"content-type\",\"value\":\"text/plain\",$L}"
refused 69 3 '*too long*' 'an answer without an end' "{\"kind\":\"huge-body\",$L}"
refused 69 6 '*redirected*' 'a redirect to itself' "{\"kind\":\"redirect\",\"to\":\"loop\",$L}"

# One of them alone is no trouble.
for fault in '{"kind":"status","status":502}' '{"kind":"html200"}' '{"kind":"truncated"}' '{"kind":"reset-before"}'; do
	fresh
	gh_clock 200
	gh_person "{\"as\":\"ana\",\"issue\":1,\"do\":\"edit\",\"title\":\"Title $n\"}" >/dev/null
	gh_fault "$fault"
	ok "once $fault" orch-sync-gh -q
	is "$(orch-list 2 -o title)" "Title $n" 'is asked again'
done

# Old and empty lists are believed, and change nothing.
fresh
for arg in '' --full; do
	gh_clear
	gh_fault '{"kind":"empty-list","path":"/issues$","times":0}'
	sum=$(orch-list --json | cksum)
	ok "an empty list $arg" orch-sync-gh -q $arg
	is "$(orch-list --json | cksum)" "$sum" 'ends no task'
	is "$(gh_count '[!G]*' '*')" 0 'and makes no issue'
done
gh_clear
gh_snapshot old
gh_clock 200
gh_person '{"as":"ana","issue":1,"do":"edit","title":"Newer"}' >/dev/null
orch-sync-gh -q >/dev/null
orch-set -q 1 title='Water the flowers' >/dev/null
orch-sync-gh -q >/dev/null
gh_fault '{"kind":"stale","snapshot":"old","times":0}'
for arg in '' --full; do
	ok "an old list $arg" orch-sync-gh -q $arg
	is "$(orch-list -o title)" 'Water the flowers
Newer' 'takes nothing back here'
done
gh_clear
ok 'when it is over' orch-sync-gh -q
is "$(gh_count '[!G]*' '*') $(title 1) $(title 2)" '0 Newer Water the flowers' 'nor there'
is "$(orch-list -o title)" 'Water the flowers
Newer' 'and all is as it was'

# --- answers to what is written.
# unwritten STATUS REQUESTS PATTERN NAME FAULT: a title that cannot be written is written later.
unwritten() {
	fresh
	gh_clock 700
	orch-set -q 1 title="Plants $n" >/dev/null
	gh_fault "$5"
	exits "$1" "$4: $1" orch-sync-gh
	like "$(cat "$T/err")" "$3" 'and says why'
	cat "$T/out" "$T/err" >>"$T/said"
	is "$(gh_count PATCH '/issues/2') $(orch-list 1 -o title)" "$2 Plants $n" "after $2 writes"
	gh_clear
	ok 'later' orch-sync-gh -q
	is "$(title 2) $(orch-list 1 -o title)" "Plants $n Plants $n" 'it is written'
}
W='"method":"PATCH","times":0'
unwritten 77 1 '*GH_TOKEN*refused*' 'writing: a token that is refused' "{\"kind\":\"status\",\"status\":401,$W}"
unwritten 69 1 '*Resource not accessible*' 'writing: a permission that is missing' "{\"kind\":\"permission\",$W}"
unwritten 69 1 '*sso*' 'writing: single sign-on' "{\"kind\":\"sso\",$W}"
unwritten 69 1 '*blocked*' 'writing: 451' "{\"kind\":\"status\",\"status\":451,$W}"
unwritten 75 1 '*502*' 'writing: a gateway that fails' "{\"kind\":\"status\",\"status\":502,$W}"
unwritten 75 1 '*502*' 'writing: one that fails when it is done' "{\"kind\":\"status\",\"status\":502,\"after\":true,$W}"
unwritten 75 1 '*' 'writing: a page with 200' "{\"kind\":\"html200\",$W}"
unwritten 75 1 '*' 'writing: half of an answer' "{\"kind\":\"truncated\",$W}"
unwritten 75 1 '*' 'writing: no answer' "{\"kind\":\"reset-after\",$W}"

# A token that may only read: asked once, not for each task.
fresh
for i in 1 2 3 4 5; do orch-add -q "Only $i" >/dev/null; done
gh_fault '{"kind":"permission","method":"POST","times":0}'
exits 69 'issues that may not be made' orch-sync-gh -q
is "$(gh_count POST /issues)" 1 'are tried once, not five times'
is "$(orch-sync-gh status --json | jq '.left | length')" 5 'all five are left'
gh_clear
ok 'when they may' orch-sync-gh -q
is "$(gh_count POST /issues)" 5 'they are made'
is "$(gh_dump '[.repos[0].issues[].title | select(startswith("Only"))] | unique | length')" 5 'each once'

# GitHub answers nothing that is written any more: it is let be.
fresh
for i in 1 2 3 4 5 6; do orch-add -q "Newer $i" >/dev/null; done
gh_fault '{"kind":"status","status":502,"method":"POST","times":0}'
exits 75 'issues of which nobody knows' orch-sync-gh -q
is "$(gh_count POST /issues)" 3 'three are enough'
is "$(orch-sync-gh status --json | jq .outbox)" 3 'that are looked for'
gh_clear
exits 75 'a moment later' orch-sync-gh -q
is "$(gh_count POST /issues)" 3 'only the others are made: lists lag'
gh_clock 70
ok 'a minute later' orch-sync-gh -q
is "$(gh_dump '[.repos[0].issues[].title | select(startswith("Newer "))] | sort | join(",")')" \
	'Newer 1,Newer 2,Newer 3,Newer 4,Newer 5,Newer 6' 'all are there, once'

# --- the token
mkfifo "$T/other"
"$ROOT/build/$V/fake/github" "$T/other" <"$T/gh/life" 2>/dev/null 8>&- &
read -r port <"$T/other"
other="http://127.0.0.1:$port"
for kind in '"kind":"redirect","status":301' '"kind":"redirect","status":302' '"kind":"redirect","status":307' \
	'"kind":"redirect","status":308' '"kind":"header","name":"Link"'; do
	fresh
	gh_clock 200
	gh_person "{\"as\":\"ana\",\"issue\":1,\"do\":\"edit\",\"title\":\"Away $n\"}" >/dev/null
	target="$other/repos/acme/app/issues"
	gh_fault "{$kind,\"to\":\"$target\",\"value\":\"<$target>; rel=\\\"next\\\"\",\"path\":\"/issues\",\"times\":0}"
	sums >"$T/sums"
	exits 69 "$kind to elsewhere" orch-sync-gh -q
	is "$(sums)" "$(cat "$T/sums")" 'is not believed'
	cat "$T/out" "$T/err" >>"$T/said"
done
fresh
orch-set -q 1 title='Away' >/dev/null
gh_fault "{\"kind\":\"redirect\",\"status\":307,\"to\":\"$other/repos/acme/app/issues/2\",\"method\":\"PATCH\",\"times\":0}"
exits 69 'nor what is written goes there' orch-sync-gh -q
is "$(curl -sS "$other/_fake/log")" '' 'nobody there has heard of it'
gh_clear
ok 'it goes where it belongs' orch-sync-gh -q
is "$(title 2)" Away 'then'
exits 78 'nor is the API at a name over http' env GITHUB_API_URL=http://api.example.com orch-sync-gh -q

# One issue of which nothing that makes sense is told holds up no other.
fresh
for what in '"missing-members","members":["title"]' '"missing-members","members":["state"]'; do
	fresh
	gh_clock 200
	gh_person "{\"as\":\"ana\",\"issue\":1,\"do\":\"edit\",\"title\":\"Held $n\"}" >/dev/null
	gh_person "{\"as\":\"ana\",\"issue\":2,\"do\":\"edit\",\"title\":\"Taken $n\"}" >/dev/null
	orch-set -q 2 title="Ours $n" >/dev/null
	gh_fault "{\"kind\":$what,\"number\":1,\"method\":\"GET\",\"times\":0}"
	exits 69 "$what of one issue" orch-sync-gh
	like "$(cat "$T/err")" '*left: update task 2 #1: *the issue has no *' 'is told by its number'
	is "$(orch-list 1 -o title) $(gh_count '[!G]*' '*')" "Taken $n 0" 'the others go on, and nothing is written to that one'
	gh_clear
	ok 'later' orch-sync-gh -q
	is "$(orch-list 2 -o title)" "Held $n" 'it comes in'
done
fresh
orch-add -q 'Without labels' >/dev/null
orch-set -q 1 labels+=more >/dev/null
gh_fault '{"kind":"missing-members","members":["labels"],"times":0}'
ok 'an answer that tells nothing of labels' orch-sync-gh
is "$(cat "$T/err")" '' 'says nothing of what the token may do'
gh_clear
gh_clock 5
ok 'and the next run' orch-sync-gh -q
is "$(gh_issue 2 '[.labels[]|.name? // .]|sort|join(",")') $(orch-show --json 1 | jq -c .labels)" 'more,status:new ["more"]' 'has them'

orch-sync-gh -v --full >>"$T/said" 2>&1
is "$(grep -rl 't-orch-bot' "$T/said" "$T/w" "$HOME" | head -n 3)" '' 'the token is in nothing that was said or kept'
is "$(gh_violations)" '' 'all as GitHub wants it'
done_testing
