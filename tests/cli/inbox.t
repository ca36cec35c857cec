#!/bin/sh
# orch-inbox: who waits for a person, in which order, shown how.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

ok '-h' orch-inbox -h
like "$(cat "$T/out")" 'Usage: orch-inbox *print what waits for a person*--json*' 'usage, purpose, options'
project
ok 'an empty list' orch-inbox
is "$(cat "$T/out" "$T/err")" '' 'is done'
ok 'as JSON' orch-inbox --json
is "$(cat "$T/out")" '' 'too'
orch-add -a sh --command true 'Nobody waits for me' >/dev/null
ok 'a task that waits for nobody' orch-inbox
is "$(cat "$T/out")" '' 'is not in it'
refuses 2 'an unknown option' orch-inbox --jsno
refuses 2 'no such field' orch-inbox -o nonsense
refuses 2 'no such id' orch-inbox 99

# From the fact to the line: what an agent asks.
id=$(orch-add --set isolation=none 'Choose the port')
orch-run "$id" -- echo '{"status":"needs_review","question":"80 or\n8080?"}' >/dev/null 2>&1
ok 'what an agent asks' orch-inbox
is "$(cat "$T/out")" "$(printf '2  question  2026-01-02T03:04:05Z  Choose the port\n    80 or\n    8080?')" \
	'is shown with the task that asks, in its lines'
is "$(ORCH_ATTEMPT=1/1 orch-inbox -o id)" "$id" 'inside an attempt too'

# One of each kind, and one of each that does not wait.
cat >tasks.yml <<'END'
next_id: 40
tasks:
  - {id: 1, title: new}
  - {id: 2, title: routed, status: routed, agent: sh, command: "true"}
  - {id: 3, title: done, status: done}
  - {id: 4, title: skipped, status: skipped, reason: task 7 is failed}
  - {id: 5, title: cancelled, status: cancelled}
  - id: 6
    title: "asks\e[2J"
    status: needs_review
    question: "Which \e[31mcolour?\n\nRed\u202e?\n"
    created_at: 2026-01-01T00:00:00Z
    updated_at: 2026-01-01T09:00:00Z
    history:
      - {at: 2026-01-01T01:00:00Z, status: needs_review}
      - {at: 2026-01-01T02:00:00Z, status: routed}
      - {at: 2026-01-01T03:00:00Z, status: needs_review}
  - {id: 7, title: failed, status: failed, reason: "attempts used up (5 of 5)", last_error: "exit status 1", updated_at: 2026-01-01T02:30:00Z}
  - {id: 8, title: parked, status: needs_review, reason: the same error three times, created_at: 2025-12-01T00:00:00Z}
  - {id: 9, title: answered once, status: needs_review, question: a, answer: b, reason: refused, created_at: 2026-01-01T02:00:00Z}
  - {id: 10, title: unchecked, status: in_review, reason: unchecked, history: [{at: nonsense, status: in_review}], created_at: 2026-01-01T04:00:00Z}
  - {id: 11, title: finished, status: in_review, reason: review, created_at: 2026-01-01T05:00:00Z}
  - {id: 12, title: no children, status: blocked, created_at: 2026-01-01T06:00:00Z}
  - {id: 13, title: children that are not there, status: blocked, children: [98, 99], created_at: 2026-01-01T06:00:00Z}
  - {id: 14, title: a parent, status: blocked, children: [15], created_at: 2026-01-01T06:00:00Z}
  - {id: 15, title: a child, parent_id: 14}
  - {id: 16, title: by hand, status: needs_review}
  - {id: 17, title: runs, status: in_progress, attempts: 1}
END
snapshot
ok 'all kinds' orch-inbox
is "$(sed 's/  *$//' "$T/out")" "$(cat <<'END'
16  parked    -                     by hand
    no reason was given
 8  parked    2025-12-01T00:00:00Z  parked
    the same error three times
 9  parked    2026-01-01T02:00:00Z  answered once
    refused
 7  failed    2026-01-01T02:30:00Z  failed
    attempts used up (5 of 5): exit status 1
 6  question  2026-01-01T03:00:00Z  asks\x1b[2J
    Which \x1b[31mcolour?

    Red\u{202e}?
10  review    2026-01-01T04:00:00Z  unchecked
    unchecked
11  review    2026-01-01T05:00:00Z  finished
    review
12  blocked   2026-01-01T06:00:00Z  no children
    it waits for children and has none
13  blocked   2026-01-01T06:00:00Z  children that are not there
    it waits for children and has none
END
)" 'the oldest first, foreign text made visible'
untouched 'and nothing is touched'
is "$(orch-inbox -o id | tr '\n' ' ')" '16 8 9 7 6 10 11 12 13 ' '-o id: in the same order'
is "$(orch-inbox -o id,status @failed)" "$(printf '7\tfailed')" 'of those that are selected'
is "$(orch-inbox -o id 7 2 | tr '\n' ' ')" '7 ' 'and wait'
is "$(orch-inbox -o id | orch-inbox -o id - | wc -l)" 9 'ids on standard input'
ok '--json' orch-inbox --json
is "$(jq -c '[.schema, .id, .kind, .since]' "$T/out" | head -n 5)" "$(cat <<'END'
[1,16,"parked",null]
[1,8,"parked","2025-12-01T00:00:00Z"]
[1,9,"parked","2026-01-01T02:00:00Z"]
[1,7,"failed","2026-01-01T02:30:00Z"]
[1,6,"question","2026-01-01T03:00:00Z"]
END
)" 'says the same'
is "$(jq -r 'select(.id == 6) | [.status, .title, .question, .reason] | @json' "$T/out")" \
	"$(printf '["needs_review","asks\\u001b[2J","Which \\u001b[31mcolour?\\n\\nRed\342\200\256?\\n",null]')" \
	'a question to the byte'
is "$(jq -c 'select(.id == 7) | [.reason, .question]' "$T/out")" \
	'["attempts used up (5 of 5): exit status 1",null]' 'or a reason'
is "$(orch-inbox --json -o id,title 12)" '{"id":12,"title":"no children","schema":1}' 'of fields: as orch-list'

# Somebody reviews: only what had no check waits.
printf 'review: {reviewers: [cat]}\n' >orch.yml
is "$(orch-inbox -o id @in_review)" 10 'with reviewers'
rm orch.yml
# Children that have been archived have ended.
mkdir -p .orch/archive
printf 'tasks:\n  - {id: 98, title: was a child, status: done}\n' >.orch/archive/2025-12.yml
is "$(orch-inbox -o id @blocked)" 12 'an archived child is one'
printf 'nonsense: [\n' >.orch/archive/2025-12.yml
exits 65 'an archive that cannot be read' orch-inbox
rm -r .orch/archive
exits 71 'an output that is full' sh -c 'orch-inbox >/dev/full'

# Agents that only a person opens are in it too; what opens by itself, or by who closed it
# for a while, is not.
# shellcheck source=tests/data/cli/agents.sh
. "$ROOT/tests/data/cli/agents.sh"
cd "$T/w" && project agents || exit 1
printf 'isolation: none\naccept: unchecked\nretry: {jitter: 0}\nbreaker: {failures: 1}\n' >orch.yml
for agent in one two three four five; do
	agent $agent
	task $agent "For $agent" >/dev/null
done
orch-cancel -q 1 >/dev/null
does one 'echo "log in first" >&2; exit 1'
does two "$(limit 600)"
does three 'echo bad >&2; exit 3'
at 03:30:00
orch-retry -q 1 >/dev/null
orch-run 1 2 3 >/dev/null 2>&1
at 03:20:00
orch-agent pause four >/dev/null
orch-agent stop five >/dev/null
ok 'closed agents' orch-inbox
is "$(grep -c . "$T/out")" 6 'three wait: a task and two agents'
is "$(grep -v '^    ' "$T/out" | tr -s ' ')" "$(printf '%s\n' '- agent 2026-01-02T03:20:00Z five' \
	'- agent 2026-01-02T03:30:00Z one' '1 parked 2026-01-02T03:30:00Z For one')" 'with those who wait for it'
like "$(cat "$T/out")" '*    stopped: by hand, until orch-agent resume five
*    disabled: auth: *(mended[?] orch-agent probe one)*' 'and what opens them'
is "$(orch-inbox --json | jq -c 'select(.kind == "agent") | del(.reason)')" "$(printf '%s\n' \
	'{"schema":1,"kind":"agent","agent":"five","status":"stopped","since":"2026-01-02T03:20:00Z"}' \
	'{"schema":1,"kind":"agent","agent":"one","status":"disabled","since":"2026-01-02T03:30:00Z"}')" 'also for programs'
is "$(orch-inbox -o id)/$(orch-inbox all -o id)/$(orch-inbox --json all | grep -c '"kind":"agent"')" 1/1/0 'fields and selectors are about tasks'
orch-agent stop >/dev/null
is "$(orch-inbox --json | jq -r 'select(.kind == "agent") | .agent + " " + .status' | tr '\n' ' ')" \
	'five stopped suite stopped ' 'a stop of the suite is one line'
echo '{' >.orch/state/agents.json
is "$(orch-inbox --json 2>/dev/null | jq -r 'select(.kind == "agent") | .agent + " " + .status')" 'suite damaged' 'and so is the loss of all'
done_testing
