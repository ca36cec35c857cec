#!/bin/sh
# What runs in an attempt can look at everything and change nothing: every command, as an
# agent would call it, and as one that hides where it is.  A new command needs a line here.
# shellcheck disable=SC2016 # some words are for another shell
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1 EDITOR=true

# Task 1 is ready, 2 asks, 3 is done: whatever a command does, there is one to do it to.
cat >"$T/table" <<'END'
changes orch add Another
changes orch-add Another
looks orch-add -n Another
looks orch-agent classify sh --exit 0
looks orch-agent
changes orch-agent probe sh
changes orch-agent pause sh
changes orch-agent reset
looks orch-agent -n stop
changes orch-answer 2 yes
changes orch-cancel 1
changes orch-cancel 3
looks orch-cancel -n 1
looks orch-context 1
changes orch-cron tick
looks orch-cron -n tick
looks orch-cron list
changes orch-cron add j @daily J
changes orch-cron remove j
changes orch-cron disable j
changes orch-cron run j
changes orch-cron install
changes orch-cron install --systemd
looks orch-cron -n install
looks orch-cron -n install --systemd
changes orch-cron uninstall
looks orch-cron -n uninstall
looks orch-cron next @daily
looks orch-cron check @daily
looks orch-cron explain @daily
changes orch-delegate 2 --add Another
changes orch-delegate --join
looks orch-delegate -n --join
looks orch-delegate --wait 3
changes orch-edit
changes orch-event emit note
looks orch-event -n emit note
looks orch-event follow --once
changes orch-event follow --group g --once
changes orch-event ack --group g 1
looks orch-event latest
looks orch-event subscriptions
changes orch-event subscriptions --resume x
looks orch-fsck
looks orch-fsck --list-backups
looks orch-fsck --locks
changes orch-fsck --fix
changes orch-fsck --restore
changes orch-fsck --locks --kill
changes orch-gc
looks orch-gc -n
looks orch-graph
looks orch-inbox
looks orch-hook post-commit
looks orch-hook post-merge
looks orch-hook pre-push
looks orch-hook post-receive
changes orch-init
changes orch-init --hooks
changes orch-land 3
looks orch list
looks orch-list --explain
looks orch-plan -n import ../plan.yml
looks orch-plan show ../plan.yml
changes orch-plan import ../plan.yml
changes orch-plan run --yes ../plan.yml
changes orch-plan approve one
changes orch-retry 2
changes orch-retry 3
changes orch-retry --due
looks orch-retry -n --due
changes orch-review --approve 1..3
changes orch-review 1..3
looks orch-review -n --approve 3
looks orch-review -n @in_review
changes orch-route -a cat 1
changes orch-run next
changes orch-run 1
changes orch-run --ready
changes orch-run 1 -- true
looks orch-run -n next
changes orch-set 1 priority=low
looks orch-set -n 1 priority=low
changes orch-serve --once
looks orch-serve -n
looks orch-show 1
looks orch-status --prometheus
looks orch-status
looks orch-sync-gh status
changes orch-sync-gh
changes orch-sync-gh unlink 1
END

cat >plan.yml <<'END'
{version: 1, name: one, mode: all-parallel, stages: [{id: s, tasks: [{id: t, title: T, command: x}]}]}
END

for command in "$ORCH_BIN"/orch*; do
	grep -q "^[a-z]* ${command##*/}\( \|\$\)" "$T/table"
	result $? "${command##*/} has a line"
	# Whatever takes -n changes something without it; a hook is silent instead, for git goes on.
	[ "${command##*/}" != orch-hook ] || continue
	"$command" --help-table | grep -q '^dry-run' || continue
	grep -q "^changes ${command##*/}\( \|\$\)" "$T/table"
	result $? "${command##*/} has one that is refused"
done

project p
printf 'retry: {jitter: 0}\n' >orch.yml
orch-add -a sh --command true 'Is ready' >/dev/null
orch-add -a sh --command true 'Asks' >/dev/null
orch-add -a sh --command 'echo x >x' 'Is done' >/dev/null
orch-run -q 3 >/dev/null
sed -i '/^  - id: 2$/,/status:/s/status: .*/status: needs_review\n    question: Well?/' tasks.yml
orch-set 1 labels+=x >/dev/null
is "$(orch-list -o status | tr '\n' ' ')" 'routed needs_review done ' 'three tasks'

while read -r kind line; do
	snapshot
	got=0
	# shellcheck disable=SC2086 # a line of words
	ORCH_ATTEMPT=1/1 $line >"$T/out" 2>"$T/err" || got=$?
	case $kind in
	changes)
		is "$got/$(wc -c <"$T/out")" 2/0 "inside an attempt: $line"
		like "$(cat "$T/err")" '*: nothing is changed from inside an attempt (1/1)' 'is refused'
		untouched 'before anything is touched'
		;;
	looks)
		[ $got -le 1 ]
		result $? "inside an attempt: $line" || note "$got: $(cat "$T/err")"
		unchanged 'only looks'
		;;
	esac
done <"$T/table"

# From a real one, with and without the variable that tells.  What it cannot be refused by
# its name it is refused by what is mounted, or by its sandbox.
sed 's/^[a-z]* //' "$T/table" >"$T/lines"
cat >"$T/agent" <<END
while read -r line; do
	\$line </dev/null >>"\$ORCH_OUT/out" 2>&1
	env -u ORCH_ATTEMPT \$line </dev/null >>"\$ORCH_OUT/out" 2>&1
done <"$T/lines"
orch-list -o id >"\$ORCH_OUT/list" 2>"\$ORCH_OUT/err"
END
seen() { orch-list 1..3 --json | jq -cS .; }
# harmless NAME ID: the task, whose command is the agent, changes no other
harmless() {
	before=$(seen)
	ok "$1: an agent that calls all of them" orch-run "$2"
	is "$(seen)" "$before" "$1: no task was changed"
	is "$(orch-list -o id | wc -l)/$(jq -c "select(.task != $2 and .seq > $seq) | .topic" .orch/events.jsonl)" "$2/" "$1: there is none more, and none is told of"
	is "$(head -n 3 ".orch/runs/$2/1/out/list" | tr '\n' ' ')$(cat ".orch/runs/$2/1/out/err")" '1 2 3 ' "$1: it could look"
	valid "$1: all is whole"
}
for way in pidns userns landlock bwrap; do
	unset ORCH_TEST_CONTAIN
	sandbox=none
	case $way in *ns) export ORCH_TEST_CONTAIN=$way ;; *) sandbox=$way ;; esac
	probe=$(orch-add -a sh --set sandbox=$sandbox --set isolation=none --command true 'Can it')
	if ! orch-run "$probe" >/dev/null 2>"$T/err"; then
		note "$way is not to be had here: $(cat "$T/err")"
		continue
	fi
	id=$(orch-add -a sh --set sandbox=$sandbox --command "sh $T/agent" 'Calls them')
	seq=$(tail -n 1 .orch/events.jsonl | jq .seq)
	harmless $way "$id"
done
done_testing
