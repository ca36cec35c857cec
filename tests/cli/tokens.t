#!/bin/sh
# A tracker's token is in the environment of no process of an attempt, in whatever part of
# it and by whomever it was started, as /proc/PID/environ shows it to all who may look; and
# in none of these parts does anybody hold the state lock.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1
mkfifo "$T/up" "$T/go"
exec 3<>"$T/up" 4<>"$T/go"

# secrets: processes, of all that there are, that have it
secrets() { grep -alz "$secret" /proc/[0-9]*/environ 2>/dev/null | cut -d / -f 3; }
# below PID: it and all its descendants
below() {
	echo "$1"
	for below in $(pgrep -P "$1"); do (below "$below"); done
}
secret=s3cret-$$-token
# with CMD ARG..: in the background, with every name that a token may have: $run
with() {
	env GH_TOKEN="$secret" GITHUB_TOKEN="$secret" GH_ENTERPRISE_TOKEN="$secret" \
		GITHUB_ENTERPRISE_TOKEN="$secret" ORCH_GITHUB_TOKEN="$secret" OTHER="$secret" \
		"$@" >"$T/run.out" 2>"$T/run.err" 3>&- 4>&- &
	run=$!
}
# looks NAME LEAST STAGE..: at each stage, while all of it stands still
looks() {
	name=$1 least=$2
	shift 2
	for stage; do
		read -r at <&3
		is "$at/$(secrets)" "$stage/" "$name, $stage: no process has a token"
		[ "$(below $run | wc -l)" -ge "$least" ]
		result $? "$name, $stage: of $(below $run | wc -l) that it has"
		ok "$name, $stage: the state lock is free" orch-set "$other" body="$name $stage"
		echo on >&4
	done
	wait $run
	is $? 0 "$name: it ends well" || note "$(cat "$T/run.err")"
}

# The look sees what there is.
with sleep 1000
wait_for [ -n "$(secrets)" ]
is "$(secrets)" "$run" 'a process that has one is seen'
kill $run
wait $run 2>/dev/null

stands() { echo "echo $1 >$T/up; read -r _ <$T/go"; }
project p
cat >orch.yml <<END
isolation: worktree
env: [OTHER_*, GH_TOKEN, GITHUB_*]
land: {verify: ['$(stands land)']}
worktree:
  hooks:
    after_create: $(stands after_create)
    before_run: $(stands before_run)
    after_run: $(stands after_run)
    before_remove: $(stands before_remove)
END
other=$(orch-add 'Changed meanwhile')
for kind in pidns userns cgroup weak; do
	export ORCH_TEST_CONTAIN=$kind
	can_contain $kind || continue
	# The scheduler, its worker, the keeper, perhaps an init, a shell.
	least=4
	case $kind in *ns) least=5 ;; esac
	id=$(orch-add -a sh --command "$(stands agent); echo $kind >$kind" --verify "$(stands verify)" "In $kind")
	with orch-run "$id"
	looks "$kind" $least after_create before_run agent after_run verify
done
export ORCH_TEST_CONTAIN=weak
with orch-land "$id"
looks orch-land 3 verify land

# Settled by the next call: its check is a process of the attempt too.
id=$(orch-add -a sh --command "$(stands agent)" --verify "$(stands verify)" 'Settled later')
with orch-run "$id"
for stage in after_create before_run; do
	read -r at <&3
	echo on >&4
done
read -r at <&3
kill -9 $run "$(pgrep -P $run)"
wait $run 2>/dev/null
echo on >&4
perl -e 'open L, "+<", shift or exit 1; flock L, 2' ".orch/runs/$id/lock"
with orch-retry --due
looks 'orch-retry --due' 3 after_run verify
is "$(status "$id")" 'done' 'it is settled'

with env ORCH_TEST_NOW=2027-01-01T00:00:00Z ORCH_GC_RUNS_AFTER=1d orch-gc worktrees
looks orch-gc 3 before_remove before_remove
is "$(grep -rlF "$secret" .orch tasks.yml)" '' 'it is in no file either'
done_testing
