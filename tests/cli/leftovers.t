#!/bin/sh
# What a killed attempt leaves behind: a lock of git, no keeper, a folder full of what no
# keeper wrote.  The task goes on, and so do the others.
# shellcheck disable=SC2016 # some words are for another shell
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1
# In a pid namespace nobody could kill a keeper from within.
export ORCH_TEST_CONTAIN=weak

# fresh: a project in which nothing has gone wrong yet
fresh_n=0
fresh() {
	fresh_n=$((fresh_n + 1))
	cd "$T/w" && project "p$fresh_n" && printf 'grace: 1s\n' >orch.yml || exit 1
}

fresh
# A lock that a killed git has left is gone when the next attempt starts, and only there.
id=$(orch-add -a sh --command '[ "${ORCH_ATTEMPT#*/}" != 1 ] || { : >"$(git rev-parse --git-dir)/index.lock"; exit 1; }
	echo x >x; git add x && git commit -qm x' 'Leaves a lock')
: >.git/index.lock
exits 75 'an attempt fails and leaves a lock' orch-run "$id"
ok 'the next one can commit' orch-run "$id"
[ -e .git/index.lock ]
result $? 'the lock of the main checkout is not ours to remove'
rm .git/index.lock

# The keeper is killed: that is the attempt's end, not the end of the system.
id=$(orch-add -a sh --command 'kill -9 $PPID; exec tail -f /dev/null' 'Kills its keeper')
exits 75 'an agent kills its keeper' orch-run "$id"
is "$(orch-list "$id" -o status,error_class,attempts)" "$(printf 'routed\torphaned\t1')" 'the attempt is settled at once'
id=$(orch-add -a sh --command true --verify 'kill -9 $PPID; exec tail -f /dev/null' 'A check does')
exits 75 'a check kills its keeper' orch-run "$id"
is "$(orch-list "$id" -o status,error_class,attempts)" "$(printf 'routed\torphaned\t1')" 'that is settled as well'

fresh
# What stands in the folder of a killed attempt and is no keeper's is put aside.
for what in 'echo "{" >result.json' 'mkdir -p result.json/x' 'ln -s /etc/passwd result.json' \
	'head -c 200000 /dev/zero >result.json' 'mkdir -p attempt.json/x' 'echo "{\"agent\":\"sh\",\"worktree\":\"/\"}" >attempt.json' \
	'printf "{\"agent\":\"sh\",\"worktree\":\"/a\\\\nb\",\"branch\":\"b\",\"base\":\"b\"}" >attempt.json' \
	'echo "{\"agent\":\"nobody\"}" >attempt.json; mv good result.json'; do
	id=$(orch-add -a sh --command 'kill -9 "$(awk "/^PPid/ { print \$2 }" /proc/$PPID/status)" $PPID' "Killed: $what")
	other=$(orch-add -a sh --command 'echo x >x' 'Another one')
	orch-run "$id" >/dev/null 2>&1
	is "$(status "$id")" in_progress "killed, then $what"
	wait_for perl -e 'open L, "+<", shift or exit 1; flock L, 6' ".orch/runs/$id/lock"
	: >".orch/runs/$id/1/.result.json.orch-new"
	(cd ".orch/runs/$id/1" && echo '{"schema":1,"started":true,"exit":0,"signal":0,"stop":"","ms":1,"stdout_bytes":0,"stderr_bytes":0,"swept":0,"error":""}' >good &&
		case $what in *attempt.json*) rm -f attempt.json ;; esac && eval "$what")
	ok 'another task is run' orch-run "$other"
	class=orphaned
	case $what in *nobody*) class=setup_failed ;; esac
	is "$(field "$id" error_class)/$(field "$id" attempts)" "$class/1" 'it is settled' || note "$(cat "$T/err")"
	case $what in *printf*) like "$(field "$id" 'history[-1].note')" '*worktree left out: *one line*' 'what no field can hold is left out' ;; esac
	is "$(find ".orch/runs/$id/1" -name '*.orch-new')" '' 'nothing half written stays'
done
[ -n "$(find .orch/runs -path '*/1/result.json.damaged/x')" ]
result $? 'evidence is kept'
done_testing
