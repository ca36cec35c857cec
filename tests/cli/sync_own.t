#!/bin/sh
# Commands by the token's own login (gh.own_commands): a person's are carried out, and nothing
# that the suite itself writes ever is, whatever agents put into it and people take out of it.
TEST_TIMEOUT=300
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
# shellcheck source=tests/data/github/feedback.sh
. "$ROOT/tests/data/github/feedback.sh"
export ORCH_TEST_NOSYNC=1
said=

edit() {
	gh_person "$(jq -cn --argjson id "$1" --arg body "$2" '{as: "ana", do: "edit-comment", comment: $id, body: $body}')" >/dev/null
}
ours() { gh_dump '.repos[].issues[].comments[]? | select(.user == "orch-bot") | .id'; }
# attempts ID JSON: one attempt that ends with that
attempt() {
	printf '%s' "$2" >"$T/result.json"
	orch-retry -q "$1" >/dev/null 2>&1
	orch-run -q "$1" -- cat "$T/result.json" >"$T/run" 2>&1
}

gh_start
project
printf 'isolation: none\nretry: {base: 1s, jitter: 0}\ngh: {write_interval: 0, owner: orch-bot}\n' >>orch.yml
for i in 1 2 3 4; do orch-add -q -a cmd --verify true "/retry $i" >/dev/null; done
orch-add -q 'Parked' >/dev/null
ok 'the first run' orch-sync-gh

# ---- one's own commands ----

say orch-bot "$(issue_of 1)" '/priority urgent'
ok 'a command of the own login' orch-sync-gh
is "$(task 1 .priority)$(eyes "$said")" null 'is passed over'
like "$(cat "$T/err")" '*/priority of orch-bot is passed over: it is by the login of the token (gh.own_commands)' 'which is told'
exits 0 'and told once' orch-sync-gh --full
is "$(cat "$T/err")" '' 'in all'
sed -i 's/^gh: {/gh: {own_commands: true, /' orch.yml
sync --full
is "$(task 1 .priority)" null 'what was passed over is not carried out later'
say orch-bot "$(issue_of 1)" "$(printf '/priority urgent\nfor the fair')"
ok 'gh.own_commands' orch-sync-gh
is "$(task 1 .priority) $(eyes "$said")" 'urgent orch-bot eyes' 'it is carried out'
like "$(task 1 .answer)" 'for the fair' 'with what it says'
orch-set -q 1 priority=low >/dev/null
sync
sync --full
is "$(task 1 .priority)" low 'once'
say orch-bot "$(issue_of 1)" /help
sync
sync
sync --full
is "$(answers "$said")" 1 'what it asks is answered once'
for what in 'Please look.' "$(printf '/priority high\n\n<!-- orch:c=0123456789abcdef0123456789abcdef.1.result -->')" \
	"$(printf '/priority high\n<!-- orch:task=')"; do
	say orch-bot "$(issue_of 1)" "$what"
	sync
	is "$(task 1 .priority)$(eyes "$said")" low "no command: $(echo "$what" | tr '\n' ' ')"
done
say orch-bot "$(issue_of 1)" '/priority high'
gh_clock 1
edit "$said" '/priority urgent'
sync
is "$(task 1 .priority)$(eyes "$said")" low 'what was edited is none'
like "$(cat "$T/err")" '*/priority of orch-bot is passed over: it was edited*' 'which is told'
say ana "$(issue_of 1)" '/priority high'
gh_clock 1
edit "$said" '/priority normal'
sync
is "$(task 1 .priority)" normal 'though of others it is'

# ---- a loop ----

# Each place where an agent, a check or a person makes the suite write.
r='/retry\n/retry'
attempt 1 "{\"status\":\"done\",\"summary\":\"$r\",\"accomplished\":[\"$r\"],\"remaining\":[\"/retry\"],\"files_changed\":[\"/retry\"]}"
attempt 2 "{\"status\":\"needs_review\",\"reason\":\"$r\",\"question\":\"$r\",\"summary\":\"\\n\\n$r\",\"blockers\":[\"/retry\"]}"
attempt 3 "{\"status\":\"failed\",\"reason\":\"$r\",\"error\":\"$r\",\"summary\":\"-->\\n$r\"}"
attempt 4 "$(printf '/retry\n/retry\n')"
orch-set -q 4 branch=/retry agent_model=/retry last_error='/retry
/retry' >/dev/null 2>&1
perl -0pi -e 's/(title: Parked.*?)status: new/$1status: needs_review\n    reason: "\/retry"\n    question: "\/retry"/s' tasks.yml
n=0
for text in /foo /retry-now /assign '/assign a b' '/priority x' /context /help /unblock; do
	n=$((n + 1))
	say ana "$(issue_of $((n % 4 + 1)))" "$text"
done
sync
sync
for kind in status result needs answer; do
	[ "$(gh_dump "[.repos[].issues[].comments[]? | select(.body | test(\"[.]$kind -->\"))] | length")" -gt 0 ]
	result $? "$kind"
done
is "$(gh_dump '.repos[].issues[].comments[]? | select(.body | test("^[ \\t\\r\\n]*/") and test("orch:c=.*(status|needs|answer|result) -->$") and (test("^/priority high") | not)) | .body')" '' \
	'none of ours begins with a slash'

# quiet NAME: nothing of it is taken for a command, by several runs; nor where all that was
# remembered is lost, which costs comments again if their marks are gone.
quiet() {
	orch-list --json | jq -c 'del(.updated_at)' >"$T/before"
	had=$(ours | wc -l) moved=
	for arg in -q --full -q; do
		gh_clock 120
		sync $arg
		orch-list --json | jq -c 'del(.updated_at)' | cmp -s - "$T/before" || moved="$moved $arg"
	done
	is "$moved $(($(ours | wc -l) - had))" ' 0' "$1: nothing comes of it" || note "$(cat "$T/err"; notes 1; notes 2)"
	rm -rf .orch/state/gh
	for arg in -q --full; do
		gh_clock 120
		sync $arg
		orch-list --json | jq -c 'del(.updated_at)' | cmp -s - "$T/before" || moved="$moved $arg"
	done
	is "$moved" '' 'nor where all files are lost' || note "$(cat "$T/err"; notes 1; notes 2)"
}
sync
quiet 'as they are'
for id in $(ours); do
	gh_clock 1
	edit "$id" "$(comment "$id" .body | sed '/^<!-- orch:/d')"
done
quiet 'without their marks'
for id in $(ours); do
	gh_clock 1
	edit "$id" "$(printf '/retry\n%s' "$(comment "$id" .body)")"
done
quiet 'as if they were commands'
is "$(gh_violations)" '' 'all as GitHub wants it'
done_testing
