# mutate.sh - every command that changes the task file, read after lib.sh
#
#	mutations FN	calls FN NAME TEMPLATE HAPPENED CMD ARG.. for each of them
#
# TEMPLATE is a folder that is copied for each case: $T/first (a task file by hand, no
# .orch yet), $T/later (after some commits), $T/spare (after so many that an old backup is
# written over), $T/ended (with a task that ended long ago),
# $T/asked (with a question), $T/judged (with a task in review) or $T/wrong (with a child that its parent does not know).  HAPPENED is a command that succeeds if
# the change is in the task file.  A new command is one line here; one that changes
# nothing is named in READERS.  A command that is in neither list fails the test.
# shellcheck shell=sh

READERS='orch orch-context orch-graph orch-inbox orch-list orch-show orch-status'
# Whole attempts: many commits, the test follows them to their end.
LONG_RUNS='orch-run orch-land'
# It asks GitHub: tests/cli/sync_crash.t kills it at every request and durable step.
REMOTE='orch-sync-gh'
# What is beside the task file: tests/cli/agent.t and event.t kill it before each step.
BESIDE='orch-agent orch-event'
# What follows a tick may fail when its tasks are made: tests/cli/tick.t kills it before each step.
TICKS='orch-cron'
# It changes nothing itself: tests/cli/serve_life.t kills it at each line that it says.
SERVERS='orch-serve'
# It does by itself what orch-add and others do: tests/cli/hooks.t.
HOOKS='orch-hook'
# An editor at work in its midst: tests/cli/edit.t kills it before each step.
EDITORS='orch-edit'

mkdir "$T/first" "$T/later" "$T/ended" "$T/wrong" "$T/asked" "$T/judged"
printf '# by hand\ntasks:\n  - id: 1   # one\n    title: one\n' >"$T/first/tasks.yml"
cp "$T/first/tasks.yml" "$T/later" && cd "$T/later" && orch-add -a sh --command true 'two' >/dev/null &&
	orch-set 1 body=x >/dev/null || exit 1
{ cat "$T/first/tasks.yml" &&
	printf '    status: done\n    updated_at: "2025-01-01T00:00:00Z"\n'; } >"$T/ended/tasks.yml" && cd "$T/ended" && orch-add -a sh --command true 'two' >/dev/null && orch-set 2 body=x >/dev/null || exit 1
cp -a "$T/later/." "$T/wrong" && cd "$T/wrong" && echo 'isolation: none' >orch.yml &&
	sed -i 's/^    title: two$/&\n    parent_id: 1/' tasks.yml &&
	orch-set 2 body=x >/dev/null || exit 1
cp -a "$T/later/." "$T/asked" && cd "$T/asked" &&
	sed -i 's/^    status: routed$/    status: needs_review\n    question: Which one?/' tasks.yml &&
	orch-set 2 body=x >/dev/null || exit 1
cp -a "$T/later/." "$T/judged" && cd "$T/judged" &&
	sed -i 's/^    status: routed$/    status: in_review\n    reason: unchecked/' tasks.yml &&
	orch-set 2 body=x >/dev/null || exit 1
cp -a "$T/later" "$T/spare" && cp "$T/first/tasks.yml" "$T/spare/.orch/backup/.spare" || exit 1
cat >"$T/two.json" <<'END'
{"title": "KILLED", "labels": ["a"]}
{"title": "its neighbour", "depends_on": [1]}
END
cat >"$T/plan.yml" <<'END'
{version: 1, name: p, mode: manual-batching, stages: [
  {id: a, tasks: [{id: one, title: KILLED, command: x}]},
  {id: b, tasks: [{id: two, title: its neighbour, command: x}]}]}
END
mkdir "$T/none"
cd "$T/w" || exit 1

added() { grep -q 'title: KILLED' tasks.yml; }
changed() { grep -q 'labels: \[killed\]' tasks.yml; }
routed() { grep -q 'agent:.cat' tasks.yml; }
made() { [ -e tasks.yml ]; }
bodied() { grep -q 'long body' tasks.yml; }
cleared() { ! grep -q 'body: x' tasks.yml; }
archived() { ! grep -q 'title: one' tasks.yml && grep -q 'title: one' .orch/archive/*.yml; }
answered() { grep -q 'answer: the KILLED one' tasks.yml && grep -q 'status: routed' tasks.yml; }
approved() { grep -q 'review_decision: approve' tasks.yml && grep -q 'status: done' tasks.yml; }
forgiven() { ! grep -q 'question: ' tasks.yml && grep -q 'status: routed' tasks.yml; }
withdrawn() { grep -q 'status: cancelled' tasks.yml && grep -q 'reason: KILLED' tasks.yml; }
delegated() { grep -q 'title: KILLED' tasks.yml && grep -q 'title: its neighbour' tasks.yml &&
	grep -q 'children: \[[0-9], [0-9]\]' tasks.yml && grep -q 'status: blocked' tasks.yml; }
mended() { grep -q 'children: \[2\]' tasks.yml; }

mutations() {
	"$1" 'orch-init' none made orch-init --no-git
	"$1" 'the first orch-add' first added orch-add 'KILLED'
	"$1" 'a later orch-add' later added orch-add --parent 1 'KILLED'
	"$1" 'orch-add over an old backup' spare added orch-add 'KILLED'
	"$1" 'orch-add of two' later added orch-add --json "$T/two.json"
	"$1" 'orch-add with a key' later added orch-add --dedupe --key k --depends 1 --label a 'KILLED'
	"$1" 'orch-plan import' later added orch-plan import "$T/plan.yml"
	"$1" 'orch-set of a label' later changed orch-set 1 labels=killed
	"$1" 'orch-set of two tasks' later bodied orch-set 1 2 body='a long body: "quoted", # and more'
	"$1" 'orch-set to nothing' later cleared orch-set 1 body=
	"$1" 'orch-route' later routed orch-route -a cat 2
	"$1" 'orch-answer' asked answered orch-answer -q 2 'the KILLED one'
	"$1" 'orch-review' judged approved orch-review -q --approve 2
	"$1" 'orch-retry' asked forgiven orch-retry -q 2
	"$1" 'orch-cancel' later withdrawn orch-cancel -q --reason 'KILLED' 2
	"$1" 'orch-delegate' later delegated orch-delegate 2 --add 'KILLED' --add 'its neighbour'
	"$1" 'orch-gc' ended archived orch-gc archive
	"$1" 'orch-fsck --fix' wrong mended orch-fsck --fix
	"$1" 'orch-fsck --restore' later cleared orch-fsck --restore=1
}

# Which commands are there, and are they all in this file?
unlisted() {
	for sh_command in "$ORCH_BIN"/orch*; do
		sh_command=${sh_command##*/}
		case " $READERS $LONG_RUNS $BESIDE $EDITORS $REMOTE $HOOKS $TICKS $SERVERS " in *" $sh_command "*) continue ;; esac
		grep -q "^	\"\$1\" .* $sh_command " "$ROOT/tests/data/cli/mutate.sh" || echo "$sh_command"
	done
}

# events_agree: numbered without a gap, and one for each task that a command made, but for
# those that were there before a former generation was put back; else what is wrong is in
# $told.  The lines have one form, and jq takes longer to start than all else here.
events_agree() {
	touch .orch/events.jsonl
	told=$(orch-list --all created_by=orch-add,orch-delegate,orch-plan,orch-cron -o id | awk '
	function number(key) {
		if (!match($0, "\"" key "\":[0-9]+")) return 0
		return substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3) + 0
	}
	!events { made[$1 + 0]; next }
	number("seq") != FNR { print "number " number("seq") " in line " FNR }
	/"event":"add"/ { if (number("task") in made) delete made[number("task")]; else none[number("task")] }
	/"topic":"file.restored"/ { split("", none) }
	END { for (id in made) print "no add of task " id; for (id in none) print "add of no task " id }' - events=1 .orch/events.jsonl)
	[ -z "$told" ]
}

# follows: after a commit that came through, nothing of the one before lies about
follows() {
	left=$(find . -name '*.orch-*' -o -name conflicts -o -name corrupt)
	[ -z "$left" ] || why="$why; left $left"
	events_agree || why="$why; events: $told"
	for gen in .orch/backup/g*; do
		[ -e "$gen" ] || return
	done
	# The newest, as it is the last.
	orch-list -f "$gen" >/dev/null 2>&1 || why="$why; a backup is not whole"
}
