#!/bin/sh
# The system calls of an attempt, as the kernel sees them: what somebody else goes on with
# is on the disk before what makes it count.  And how many of the dear ones there are.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
unset ORCH_TEST_NOSYNC

check() {
	awk -v run="$T/w/p/.orch/runs/$id/1" -v tasks="$T/w/p/tasks.yml" -v program=/bin/sh \
		-f "$ROOT/tests/data/cli/durable.awk" "$1" >"$T/found" 2>&1
	figures=$(sed -n 's/^figures //p' "$T/found")
	sed -i '/^figures /d' "$T/found"
}
# traced COMMAND: the attempt of a new task that is this command
traced() {
	id=$(orch-add -a sh --command "$1" "$1")
	strace -f -y -s 16 -o "$T/trace" -e trace=file,desc,process orch-run "$id" >"$T/out" 2>"$T/err"
	is "$(cat "$T/out")" "$id" "$1: done" || note "$(cat "$T/err")"
	check "$T/trace"
	is "$(cat "$T/found")" '' "$1: all is on the disk when it has to be"
}
# at_most SYNCS FORKS EXECS: of what was traced last
at_most() {
	echo "$figures" | { read -r syncs forks execs changes
		[ "$syncs" -le "$1" ] && [ "$forks" -le "$2" ] && [ "$execs" -le "$3" ] && [ "$changes" -eq 2 ]; }
	result $? "for at most $1 syncs, $2 forks and $3 programs"
	note "figures: $figures (syncs, forks, programs, commits)"
}

project
printf 'isolation: none\nslots: 8\n' >orch.yml
traced true
traced true
# Two commits of four, with the agents' state of two; five files of ours and their folder;
# two folders; three records of two.  A worker, a keeper, the init of its container, the
# agent; a sanitizer looks for leaks from a process of its own.  orch-run and the agent.
case $(jq -r .container ".orch/runs/$id/1/result.json") in
pidns | userns) forks=4 ;;
*) forks=3 ;;
esac
[ "$V" != asan ] || forks=$((forks + 1))
at_most 26 $forks 2
traced 'echo out; echo err >&2'

# finds WHAT NAME: in $T/bad, the trace of a good attempt with a fault in it
finds() {
	! cmp -s "$T/bad" "$T/trace" && check "$T/bad"
	grep -q "$1" "$T/found"
	result $? "finds $2" || note "$(cat "$T/found")"
}
# Some lines begin in the middle of another: only whole ones are taken out.
without() { grep -vE "$1" "$T/trace" >"$T/bad"; }
for file in prompt.md attempt.json container.json result.json outcome.json; do
	without "sync\(.*\.$file\.orch-new"
	finds "$file.orch-new is not synced before it is called" "$file that is not synced"
	without "rename.*\"$file\""
	finds "$file is not there when" "that there is no $file"
done
without "sync\([0-9]+<[^>]*/runs/$id/1>"
finds 'the name of attempt.json is not synced when the agent starts' 'a name that is not synced'
finds 'the name of result.json is not synced when its writer ends' 'that of a result'
without "sync\(.*/stdout>"
finds '/stdout is not synced before result.json' 'an output that is not synced'
done_testing
