#!/bin/sh
# orch-agent: the list, what a person changes, and a kill before each step of that.
# (classify: classify.t; what it all does to tasks: limits.t)
TEST_TIMEOUT=300
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
# shellcheck source=tests/data/cli/agents.sh
. "$ROOT/tests/data/cli/agents.sh"
export ORCH_TEST_NOSYNC=1

mkdir p && cd p || exit 1
printf 'isolation: none\naccept: unchecked\nagents: {one: {slots: 3}, two: {enabled: false}}\n' >orch.yml
printf 'tasks: []\n' >tasks.yml
agent one
agent two
# One rule for names, and one message, wherever one is said.
sed 's/^id: .*/id: One/' orch.d/agents/one.yml >orch.d/agents/One.yml
ok 'a file whose name is no name' orch-agent
is "$(cut -f 1 "$T/out" | tr '\n' ' ')" 'cat one sh ' 'is not listed'
orch-agent list nobody 2>"$T/err"
case $(cat "$T/err") in *One*) false ;; esac
result $? 'nor offered'
rule="no agent 'One': a name is small letters, digits, '-' and '_', and does not begin with '-'"
for verb in list pause probe 'classify --exit 0'; do
	# shellcheck disable=SC2086 # words of the command line
	exits 78 "$verb" orch-agent $verb One
	is "$(cat "$T/err")" "orch-agent: $rule" 'says the rule'
done
printf 'tasks: [{id: 1, title: x, status: new}]\n' >tasks.yml
exits 78 'orch-route' orch-route -n -a One 1
is "$(cat "$T/err")" "orch-route: $rule" 'too'
orch-fsck >"$T/out"
is "$(grep One "$T/out")" "$(printf 'config\tOne\t%s' "$rule")" 'and orch-fsck tells of the file'
rm -rf .orch orch.d/agents/One.yml
printf 'tasks: []\n' >tasks.yml
snapshot
ok 'nothing has run yet' orch-agent
is "$(cut -f 1-3 "$T/out" | tr '\t\n' '  ')" 'cat open 0/2 one open 0/3 sh open 0/2 ' 'those that can work are listed'
untouched 'and nothing is written'
ok 'the same by its name' orch-agent list one
is "$(cat "$T/out")" "$(printf 'one\topen\t0/3\t-\t0\t0.00\t-\t-')" 'a line of it'
ok 'one that is not enabled' orch-agent list two
like "$(cat "$T/out")" "two	missing	*not enabled*" 'says so'
ok 'for programs' orch-agent list --json one
is "$(jq -c 'del(.installed,.enabled)' "$T/out")" \
	'{"schema":1,"agent":"one","state":"open","slots":{"used":0,"total":3},"failures":0,"breaker":"closed","today":{},"limits":{}}' 'an object'
refuses 78 'an agent that is not there' orch-agent list nobody
refuses 78 'nor can it be paused' orch-agent pause one nobody
refuses 2 'another verb' orch-agent puase one
like "$(cat "$T/err")" "*did you mean 'pause'?*" 'is named'
snapshot
ok 'a dry run' orch-agent -n pause
untouched 'makes nothing, not even .orch'
task one 'First' >/dev/null
ok 'after an attempt' orch-run 1
is "$(orch-agent list one | cut -f 5)" 1 'it is counted'
orch-agent reset >/dev/null
cksum tasks.yml >"$T/tasks"
ok 'two at once' orch-agent drain one sh
is "$(tr '\n' ' ' <"$T/out")" 'one sh ' 'both are printed'
is "$(state one) $(state sh) $(state cat)" 'draining draining open' 'and held back'
is "$(cksum tasks.yml)" "$(cat "$T/tasks")" 'the task file is not written for it'
like "$(tail -n 1 .orch/log/orch.log)" '*sh: drained by hand*' 'the log tells it'
ok 'eight at the same time' sh -c '
	for i in 1 2 3 4; do orch-agent stop one & orch-agent pause sh & done; wait'
is "$(state one) $(state sh)" 'stopped paused' 'lose nothing'

# Nobody weakens what somebody said without knowing it.
refuses 1 'a pause of what is stopped' orch-agent pause sh one
is "$(cat "$T/err")" 'orch-agent: one is stopped by hand: orch-agent resume one comes first' 'and why'
refuses 1 'a drain of what is paused' orch-agent drain cat sh
is "$(state one) $(state sh) $(state cat)" 'stopped paused open' 'all is as it was'
ok 'what is stopped is stopped' orch-agent stop one
is "$(cat "$T/out")" '' 'already'
ok 'what is paused can be stopped' orch-agent stop sh
is "$(state sh)" stopped 'and is'
ok 'the suite is stopped' orch-agent stop
refuses 1 'it is not paused' orch-agent pause
is "$(cat "$T/err")" 'orch-agent: the suite is stopped by hand: orch-agent resume comes first' 'by mistake either'
refuses 1 'nor in a dry run' orch-agent -n pause
orch-agent resume >/dev/null

# Logins.
orch-agent reset >/dev/null
orch-agent resume one sh >/dev/null
ok 'a login that is good' orch-agent probe one
is "$(cut -f 2,4 "$T/out")" "$(printf 'open\tgood')" 'is listed so'
echo 'exit 1' >"$T/login.one"
snapshot
ok 'a dry run' orch-agent -n probe one
unchanged 'asks nobody'
exits 77 'one that is refused' orch-agent probe one
is "$(cut -f 2,4 "$T/out")" "$(printf 'disabled\trefused')" 'closes the agent'
task one 'Waits' >/dev/null
exits 77 'so nothing of it runs' orch-run 2
orch-cancel -q 2 >/dev/null
echo 'exit 0' >"$T/login.one"
ok 'when it is mended' orch-agent probe one
is "$(state one)" open 'it opens'
ok 'one that nobody asks' orch-agent probe sh
is "$(cut -f 4 "$T/out")" unknown 'is not known'
mv "$T/bin/one" "$T/bin/gone"
exits 69 'one whose program is not there' orch-agent probe one
like "$(cat "$T/err") $(cat "$T/out")" "*'one' is not on PATH*missing	*" 'says so'
mv "$T/bin/gone" "$T/bin/one"

# A kill before each durable step: it is so or not, whatever comes next.
orch-agent resume one sh >/dev/null
cp -a . "$T/tmpl"
cd "$T/w" || exit 1
cp -a "$T/tmpl" all
ORCH_TEST_STEPS=$T/steps orch-agent -C all stop >/dev/null
steps=$(wc -l <"$T/steps") k=0 wrong=0 early=0
while [ $k -lt "$steps" ]; do
	k=$((k + 1)) why=
	rm -rf x && cp -a "$T/tmpl" x && cd x || exit 1
	sh -c 'ORCH_TEST_CRASH_AT=$1 orch-agent stop; exit $?' sh $k >"$T/out" 2>/dev/null
	[ $? -eq 137 ] && [ ! -s "$T/out" ] || why="$why; it was not killed, or told too early"
	was=$(state one)
	case $was in open) early=$((early + 1)) ;; stopped) ;; *) why="$why; it is $was" ;; esac
	orch-add 'What follows' >/dev/null 2>"$T/err" || why="$why; $(cat "$T/err")"
	[ "$(state one)" = "$was" ] || why="$why; it changed afterwards"
	orch-agent stop >/dev/null 2>"$T/err" || why="$why; again: $(cat "$T/err")"
	[ "$(state one)" = stopped ] || why="$why; not done again"
	cd .. || exit 1
	[ -z "$why" ] && continue
	wrong=$((wrong + 1))
	note "killed before step $k, $(sed -n "${k}p" "$T/steps")$why"
done
is "$wrong" 0 "killed before each of $steps steps it is done or not"
[ "$early" -gt 0 ] && [ "$early" -lt "$steps" ]
result $? "$early of them before it happened"

# The same for a claim: what is reserved and counted, and the task, agree.  Here before every
# third step, for LONG=1 before each.
[ "${LONG-}" ] && by=1 || by=3
cd "$T/tmpl" || exit 1
task one 'Second' >/dev/null
does one 'exit 3'
cd "$T/w" || exit 1
rm -rf all && cp -a "$T/tmpl" all
ORCH_TEST_STEPS=$T/steps orch-run -C all 3 >/dev/null 2>&1
steps=$(wc -l <"$T/steps") k=0 wrong=0 kills=0
while [ $((k + by)) -le "$steps" ]; do
	k=$((k + by)) kills=$((kills + 1)) why=
	rm -rf x && cp -a "$T/tmpl" x && cd x || exit 1
	ORCH_TEST_CRASH_AT=$k orch-run 3 >/dev/null 2>&1
	perl -e 'open L, "+<", ".orch/runs/3/lock" or exit; flock L, 2'
	n=$(field 3 attempts) && [ "$n" != - ] || n=0
	counted=$(orch-agent list --json one | jq '.today.attempts // 0')
	[ "$counted" -eq $((n + 1)) ] || why="$why; $n attempts, but $((counted - 1)) counted"
	orch-retry --due >/dev/null 2>&1
	[ "$(orch-agent list --json one | jq .slots.used)" -eq 0 ] || why="$why; something stays reserved"
	orch-set 3 body=x >/dev/null || why="$why; the next change"
	[ -z "$(find . -name '*.orch-*')" ] || why="$why; left $(find . -name '*.orch-*')"
	cd .. || exit 1
	[ -z "$why" ] && continue
	wrong=$((wrong + 1))
	note "killed before step $k, $(sed -n "${k}p" "$T/steps")$why"
done
is "$wrong" 0 "killed before $kills of $steps steps of a run, an attempt is counted if it is begun"
done_testing
