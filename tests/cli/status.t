#!/bin/sh
# orch-status: counts, what runs, what needs somebody.
# shellcheck disable=SC2016 # some words are for another shell
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"

listing() { find . -path ./.git -prune -o -printf '%p %m %s %T@ %C@\n' | sort; }
tab=$(printf '\t')

ok '-h' orch-status -h
like "$(cat "$T/out")" 'Usage: orch-status *print counts and problems*--json*' 'usage, purpose, options'
exits 2 'an operand' orch-status 1
is "$(cat "$T/err")" "orch-status: no argument is expected: '1'" 'is refused'
exits 2 'an unknown option' orch-status --jsno
like "$(cat "$T/err")" "*'--json'*" 'the nearest is named'
exits 2 'no project' orch-status
is "$(wc -l <"$T/err")" 1 'one line says so'

project p
ok 'no tasks' orch-status
is "$(cat "$T/out" "$T/err")" '' 'no output'
ok 'no tasks, --json' orch-status --json
is "$(jq -c '[.schema, .level, (.counts | add), .ready, .running, .problems]' "$T/out")" \
	'[1,"normal",0,0,[],[]]' 'is an object of nothing'
is "$(jq -r '.counts | keys_unsorted | join(" ")' "$T/out")" \
	'new routed in_progress blocked in_review needs_review done failed skipped cancelled' \
	'with a number for every status'

orch-add 'First' >/dev/null
orch-add -a sh --command true 'Second' >/dev/null
orch-add -a sh --command true -d 2 'Third' >/dev/null
ok 'counts' orch-status
is "$(cat "$T/out")" "$(printf 'new\t1\nrouted\t2\nready\t1')" 'by status, and how many are ready'

# Everything that needs somebody; nothing holds the attempt of task 4.
cat >tasks.yml <<'END'
next_id: 20
tasks:
  - {id: 1, title: a, status: needs_review, reason: question, question: "Which\ndatabase?"}
  - {id: 2, title: a, status: failed, reason: attempts used up, last_error: "no such file"}
  - {id: 3, title: a, status: in_review, reason: unchecked}
  - id: 4
    title: a
    status: in_progress
    attempts: 2
    agent: sh
    history:
      - {at: 2026-01-01T00:00:00Z, status: in_progress, note: "attempt 1, agent sh"}
      - {at: 2026-01-01T00:01:00Z, status: routed}
      - {at: 2026-01-01T00:02:00Z, status: in_progress, note: "attempt 2, agent sh"}
  - {id: 5, title: a, status: skipped, reason: task 2 has failed}
  - {id: 6, title: a, route_warning: no agent is installed}
  - {id: 7, title: a, status: routed, agent: nobody, command: "true"}
  - {id: 8, title: a, status: routed, agent: sh, command: "true", retry_at: 2027-01-01T00:00:00Z}
  - {id: 9, title: a, status: done}
  - {id: 10, title: a, status: cancelled}
  - {id: 11, title: a, status: in_review, reason: review}
  - {id: 12, title: a, status: failed, last_error: "\e[2J\tboo"}
  - {id: 13, title: a, status: needs_review}
END
listing >"$T/before"
ok 'problems' orch-status
sed -e '1,/^$/d' -e 's/ (there are: .*//' "$T/out" >"$T/problems"
is "$(sed -e '/^$/,$d' -e 's/ (there are: .*//' "$T/out")" \
	"$(printf '%s\t%s\n' new 1 routed 2 in_progress 1 in_review 2 needs_review 2 'done' 1 failed 2 skipped 1 cancelled 1 ready 2 limited "nobody: no agent 'nobody'")" \
	'stand behind the counts'
is "$(cat "$T/problems")" "$(sed "s/ | /$tab/g" <<'END'
1 | needs_review | question: Which database?
2 | failed | attempts used up: no such file
3 | in_review | unchecked: no check was there to run, a person must look
4 | in_progress | no process holds attempt 2: the next orch-run settles it
5 | skipped | task 2 has failed
6 | new | no agent is installed
7 | routed | no agent 'nobody'
8 | routed | retry_at 2027-01-01T00:00:00Z was written by a wrong clock: it is due
12 | failed | boo
13 | needs_review | a person must act
END
)" 'one line each, in the order of the file'
ok 'problems as JSON' orch-status --json
is "$(jq -r '.problems[] | "\(.task)\t\(.status)\t\(.reason)"' "$T/out" | sed 's/ (there are: .*//')" "$(cat "$T/problems")" 'are the same'
is "$(jq -r '.problems | map(.kind) | join(" ")' "$T/out")" \
	'parked failed unchecked orphaned skipped unrouted no_agent late failed parked' 'by kind'
is "$(jq -r .level "$T/out")" limited 'one of two agents is missing: limited'
is "$(jq -c .running "$T/out")" '[]' 'what nobody holds does not run'
PATH=/nowhere "$ORCH_BIN/orch-status" -q >/dev/null
result $? 'and with no PATH'
listing >"$T/after"
ok 'nothing was written' cmp "$T/before" "$T/after"

# Metrics.  What is counted is in the table above; no word of a task is in them.
promtool=$(command -v promtool || echo "$ROOT/build/tools/promtool")
ok 'promtool is there (make deps)' test -x "$promtool"
metric() { sed -n "s/^orch_$1{project=\"[^\"]*\",*\(.*\)} \([-0-9.e+]*\)\$/\1 \2/p" "$T/out" | sed 's/^ //' | tr '\n' '|'; }
checked() { ok "$1: promtool finds nothing" sh -c '"$0" check metrics 2>&1 <"$1"' "$promtool" "$T/out"; is "$(cat "$T/out")" '' 'at all'; }
exits 2 '--json and --prometheus' orch-status --json --prometheus
is "$(cat "$T/err")" 'orch-status: only one of --json and --prometheus can be given' 'are two'
listing >"$T/before"
ok 'metrics' orch-status --prometheus
cp "$T/out" "$T/metrics"
is "$(metric tasks)" 'status="new" 1|status="routed" 2|status="in_progress" 1|status="blocked" 0|status="in_review" 2|status="needs_review" 2|status="done" 1|status="failed" 2|status="skipped" 1|status="cancelled" 1|' 'tasks by status'
is "$(metric tasks_parked)$(metric tasks_ready)$(metric attempts_running)" '4|2|0|' 'parked, ready, running'
is "$(metric problems)" 'kind="parked" 2|kind="failed" 2|kind="unchecked" 1|kind="undecided" 0|kind="skipped" 1|kind="orphaned" 1|kind="unknown" 0|kind="unrouted" 1|kind="no_agent" 1|kind="circle" 0|kind="late" 1|' 'problems by kind'
is "$(metric level)" 'level="normal" 0|level="degraded" 0|level="limited" 1|level="halted" 0|' 'the level'
is "$(metric agent_slots | grep -c 'agent="nobody"')" 0 'an agent that is none is no label'
is "$(metric commits_total)" "$(jq -s 'map(.gen // 0) | max' .orch/events.jsonl)|" 'commits'
is "$(metric unreadable)" 'part="agents" 0|part="day" 0|part="store" 0|part="events" 0|part="sync" 0|part="jobs" 0|' 'all was read'
is "$(awk '/^# HELP/ { help[$3]++ } /^# TYPE/ { if ($4 != ($3 ~ /_total$/ ? "counter" : "gauge")) print; type[$3]++ }
	/^orch/ { sub(/[{].*/, ""); if (help[$0] != 1 || type[$0] != 1) print }' "$T/out")" '' 'each has one HELP, one TYPE'
checked 'metrics'
listing >"$T/after"
ok 'nothing was written' cmp "$T/before" "$T/after"

# Agents, what the day has used and may use, groups; a name of the folder that must be escaped.
mkdir "$T/q" && cp -R "$T/w/p" "$T/q/a\\b\"c" && cd "$T/q/a\\b\"c" || exit 1
printf '%s\n' 'budget: {day: {cost_usd: 2.5, time: 90m}}' 'agents: {sh: {slots: 5}}' \
	'subscriptions: [{name: bell, topic: task.done, run: ["true"]}]' >orch.yml
printf 'next_id: 9\ntasks:\n  - {id: 8, title: a, status: routed, agent: sh, command: "true", created_at: 2026-01-02T03:00:00Z}\n' >tasks.yml
orch-agent pause sh >/dev/null && orch-event emit --source me test.one >/dev/null
ok 'more metrics' orch-status --prometheus
is "$(grep -cv -e '^#' -e '{project="'"$T"'/q/a\\\\b\\"c"' "$T/out")" 0 'a label is escaped'
sed -i 's/project="[^,}]*"/project=""/' "$T/out"
is "$(metric ready_oldest_age_seconds)" '245|' 'how long the oldest ready task waits'
is "$(metric agent_slots)$(metric agent_slots_free)$(metric agent_paused)$(metric agent_open)" \
	'agent="cat" 2|agent="sh" 5|agent="cat" 2|agent="sh" 5|agent="cat" 0|agent="sh" 1|agent="cat" 1|agent="sh" 0|' 'agents'
is "$(metric day_limit_cost_dollars)$(metric day_limit_seconds)$(metric day_limit_tokens)$(metric day_attempts)" \
	'2.5|5400|0|' 'limits of the day, where there are some'
lag=$(orch-event subscriptions --json | jq .lag)
[ "$lag" -gt 0 ]
result $? 'a group lags'
is "$(metric group_lag_events)$(metric group_held)" "group=\"bell\" $lag|group=\"bell\" 0|" 'and that is told'
checked 'more metrics'
echo x >.orch/state/groups/bell.json
ok 'a group that is damaged' orch-status --prometheus
is "$(grep '^orch_group' "$T/out" | sed 's/.*,//')" 'group="bell"} 1' 'is held, and says no more'
checked 'a damaged group'
mv .orch/state/groups .orch/state/g && : >.orch/state/groups
mkdir -p .orch/state/gh && echo x >.orch/state/gh/pin.json
ok 'what cannot be read' orch-status --prometheus
is "$(sed -n 's/^orch_unreadable.*part="\(.*\)"} 1/\1/p' "$T/out" | tr '\n' ' ')" 'events sync ' 'is left out, and that is told'
like "$(cat "$T/err")" 'orch-status: warning: *pin.json*' 'on standard error, too'
exits 71 'an output that is full' sh -c 'orch-status --prometheus >/dev/full'
cd "$T/w/p" || exit 1

# The lock that an attempt holds is what counts.
mkdir -p .orch/runs/4
mkfifo "$T/held" "$T/go"
flock .orch/runs/4/lock sh -c 'echo >"$0"; read -r _ <"$1"' "$T/held" "$T/go" &
read -r _ <"$T/held"
ok 'with the lock held' orch-status --json
is "$(jq -c '.running' "$T/out")" \
	'[{"task":4,"attempt":2,"agent":"sh","since":"2026-01-01T00:02:00Z"}]' 'it runs'
is "$(jq '.problems[] | select(.task == 4)' "$T/out")" '' 'and is no problem'
echo >"$T/go"
wait
is "$(orch-status --json | jq -r '.problems[] | select(.task == 4).kind')" orphaned 'let go: it does not'
rm .orch/runs/4/lock && ln -s /dev/null .orch/runs/4/lock
is "$(orch-status --json | jq -r '.problems[] | select(.task == 4).kind')" unknown 'unknown is not dead'

# No agent can be started.
printf 'next_id: 2\ntasks: [{id: 1, title: a, status: routed, agent: nobody}]\n' >tasks.yml
is "$(orch-status --json | jq -r .level)" halted 'all agents missing: halted'
printf 'next_id: 2\ntasks: [{id: 1, title: a, status: routed, agent: a.b}]\n' >tasks.yml
ok 'an agent whose name is none' orch-status
printf 'agents: {sh: {enabled: false}}\n' >orch.yml
printf 'next_id: 2\ntasks: [{id: 1, title: a, status: routed, agent: sh}]\n' >tasks.yml
like "$(orch-status)" '*1	routed	agent sh: it is not enabled (agents.sh.enabled)*' 'one that is not enabled'

# What cannot be read.
printf 'tasks:\n  - {id: 1}\n' >tasks.yml
ok 'a task file that is not valid' orch-status
like "$(cat "$T/err")" 'orch-status: warning: tasks.yml:2:*; what is shown is generation *' 'the place is named'
like "$(cat "$T/out")" 'new	*' 'and the last that was is counted'
printf 'nonsense: 1\n' >orch.yml
exits 78 'an orch.yml that is not valid' orch-status --json
rm orch.yml tasks.yml .orch/state/* && orch-add 'A task' >/dev/null
exits 71 'an output that is full' sh -c 'orch-status >/dev/full'
is "$(cat "$T/err")" 'orch-status: cannot write to standard output' 'is told'
ok 'neither libgit2 nor libcurl is loaded' sh -c '! ldd "$0" | grep -E "git2|curl"' "$ORCH_BIN/orch-status"
done_testing
