#!/bin/sh
# Commands in comments, each once, whoever is killed at whichever request, whatever files are
# lost, and though several runs race; many comments; and what is said while an attempt runs.
TEST_TIMEOUT=600
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
# shellcheck source=tests/data/github/feedback.sh
. "$ROOT/tests/data/github/feedback.sh"
export ORCH_TEST_NOSYNC=1
said=

# told WORD: how often it was told to task 1
told() { task 1 .answer | grep -c "^$1\$"; }
# settle: whatever was left in doubt is so no more
settle() {
	for i in 1 2 3; do
		sync
		gh_clock 61
	done
}

gh_start
project
printf 'gh: {write_interval: 0}\n' >>orch.yml
orch-add -q One >/dev/null
orch-add -q Two >/dev/null
sync
sync

# Three commands, of which one adds a text, one is refused and one wants an answer; killed at
# each request, then all files of state are lost, or not.
for lost in no yes; do
	for when in before after; do
		n=1 wrong='' killed=0
		while :; do
			gh_clock 600
			word=$lost-$when-$n
			say ana "$(issue_of 1)" "/context $word"
			context=$said
			say ana "$(issue_of 1)" /unblock
			unblock=$said
			say ana "$(issue_of 2)" /help
			help=$said
			gh_crash $when $n orch-sync-gh && killed=$((killed + 1)) || n=last
			[ $lost = no ] || rm -rf .orch/state/gh
			settle
			got=$(told "$word")/$(answers "$unblock")/$(answers "$help")
			[ "$got" = 1/1/1 ] || wrong="$wrong $n:$got"
			[ $lost = yes ] || [ "$(eyes "$context")" = 'orch-bot eyes' ] || wrong="$wrong $n:eyes"
			[ $n != last ] || break
			n=$((n + 1))
		done
		is "$wrong" '' "killed $when each of its requests, state lost: $lost: each command is carried out once"
		[ $killed -ge 5 ]
		result $? 'and it was killed at several'
	done
done

# Files that come back from before.
say ana "$(issue_of 1)" '/context again'
cp -a .orch/state "$T/state"
sync
rm -rf .orch/state
cp -a "$T/state" .orch/state
settle
is "$(told again)" 1 'older files of state do not repeat it'
say ana "$(issue_of 2)" /foo
cp -a .orch/state/gh "$T/gh-before"
sync
rm -rf .orch/state/gh
cp -a "$T/gh-before" .orch/state/gh
settle
is "$(answers "$said")" 1 'nor an answer'

# Races.
i=0
while [ $i -lt 5 ]; do
	i=$((i + 1))
	say ana "$(issue_of 1)" "/context race-$i"
	racers=
	for k in 1 2 3; do
		orch-sync-gh >"$T/race$k" 2>&1 &
		racers="$racers $!"
	done
	for k in $racers; do wait "$k"; done
	for k in 1 2 3; do orch-sync-gh >/dev/null 2>&1; done
	[ "$(told race-$i)$(eyes "$said")" = '1orch-bot eyes' ] || break
done
is "$i$(told race-5)" 51 'of runs that race one carries it out'

# Lists that lag: the issue tells of a comment that the list of comments does not have yet.
say ana "$(issue_of 1)" '/context late'
gh_fault '{"kind":"empty-list","path":"/issues/comments"}'
sync
is "$(told late)" 0 'a list without the comment'
gh_clock 20
sync
is "$(told late)$(eyes "$said")" '1orch-bot eyes' 'is asked for again'

# Many comments, in pages.
say ana "$(issue_of 1)" '/context first'
two_issues=$(issue_of 1)
{
	i=0
	while [ $i -lt 2500 ]; do
		i=$((i + 1))
		[ $i -eq 1 ] || echo next
		printf 'url = "%s/_fake/person"\ndata = "{\\"as\\":\\"mallory\\",\\"issue\\":%s,\\"do\\":\\"comment\\",\\"body\\":\\"/close %s\\"}"\noutput = "/dev/null"\nsilent\n' \
			"$gh_url" "$((two_issues + i % 2))" "$i"
	done
} >"$T/many"
curl -K "$T/many"
is "$(gh_dump '[.repos[].issues[].comments[]? | select(.user == "mallory")] | length')" 2500 'a stranger writes 2,500 comments'
say ana "$(issue_of 1)" '/context last'
gh_clear
sync
is "$(told first)$(told last) $(task 1 .status)" '11 new' 'what is before and behind them is carried out, and nothing of theirs'
is "$(gh_count GET /issues/comments)" 26 'in as many requests as there are pages'
is "$(gh_count GET '/collaborators/*')" 1 'and the stranger was asked for once'
settle
gh_clear
sync
is "$(gh_billed)" 0 'afterwards nothing is to be done' || note "$(gh_log '.method + " " + .path')"
is "$(gh_violations)" '' 'all as GitHub wants it'

# While an attempt runs.
mkfifo "$T/up" "$T/go"
exec 3<>"$T/up" 4<>"$T/go"
mkdir bin && printf '#!/bin/sh\n' >bin/claude && chmod +x bin/claude
PATH=$PWD/bin:$PATH
orch-set -q 2 agent=sh command="echo up >$T/up; read -r word <$T/go; exit 1" >/dev/null
orch-run 2 >"$T/run.out" 2>"$T/run.err" &
run=$!
read -r _ <&3
say ana "$(issue_of 2)" '/assign claude'
assign=$said
exits 75 '/assign while an attempt runs' orch-sync-gh
like "$(cat "$T/err")" '*left*/assign of ana waits*' 'waits'
is "$(task 2 '.status, .agent')" 'in_progress
sh' 'and nothing changes'
say ana "$(issue_of 2)" '/priority low'
exits 75 'what is said behind it' orch-sync-gh
is "$(task 2 .priority)" null 'waits, too'
echo go >&4
wait $run 2>/dev/null
sync
is "$(task 2 '.agent, .priority')" 'claude
low' 'when it has ended both are carried out'
is "$(eyes "$assign")$(eyes "$said")" 'orch-bot eyesorch-bot eyes' 'and seen'

orch-set -q 2 agent=sh >/dev/null
orch-retry -q 2 >/dev/null
orch-run 2 >"$T/run.out" 2>"$T/run.err" &
run=$!
read -r _ <&3
say ana "$(issue_of 2)" '/assign claude'
assign=$said
say ana "$(issue_of 2)" '/context while it runs'
say ana "$(issue_of 2)" '/close enough'
sync
wait $run 2>/dev/null
is "$(task 2 '.status, .reason')" 'cancelled
closed by ana on GitHub: enough' '/close ends an attempt, before what waits'
settle
is "$(eyes "$assign")$(eyes "$said")$(task 2 .agent)" 'orch-bot eyesorch-bot eyessh' 'and that is over'
is "$(gh_issue "$(issue_of 2)" '.state, .state_reason')" 'closed
not_planned' 'and so is the issue'
orch-retry -q 2 >/dev/null
settle
like "$(task 2 .status)" 'routed' 'what was reopened is not closed again'
orch-run 2 >"$T/run.out" 2>"$T/run.err" &
run=$!
read -r _ <&3
say ana "$(issue_of 2)" '/context mind the gap'
sync
echo go >&4
wait $run 2>/dev/null
like "$(task 2 .answer)" 'mind the gap*' 'what is told while it runs is there for the next attempt'
is "$(gh_violations)" '' 'all as GitHub wants it'
done_testing
