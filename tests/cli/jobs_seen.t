#!/bin/sh
# Jobs that make no tasks until somebody acts are seen: orch-status, orch-inbox, orch-fsck,
# orch-cron list and the metrics say the same of them, and write nothing.
# shellcheck disable=SC2016 # some words are for another shell
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
export ORCH_TEST_NOSYNC=1

tab=$(printf '\t')
at() { orch-cron tick --now "$@"; }
# ends ID STATUS [LINE]: the task is so, by hand.
ends() { sed -i "/^  - id: $1\$/,/^  - id: /s/^    status: .*/    status: $2${3+\\n    $3}/" tasks.yml; }
listing() { find . -printf '%p %m %s %T@ %C@ %i\n' | sort; }
now() { export ORCH_TEST_NOW="$1"; }
metric() { orch-status --prometheus | sed -n "s/^orch_$1{project=\"[^\"]*\",*\(.*\)} \([-0-9.e+]*\)\$/\1 \2/p" | tr '\n' '|'; }
jobs() { orch-status | grep "^job$tab"; }
waiting() { orch-inbox | grep -A 1 '^ *-  job '; }
list() { orch-cron list --json | jq -c "select(.id == \"$1\") | $2"; }
promtool=$(command -v promtool || echo "$ROOT/build/tools/promtool")

mkdir p && cd p || exit 1
printf 'tasks: []\n' >tasks.yml
mkdir -m 700 .orch
printf 'isolation: none\n' >orch.yml

# --- none
is "$(orch-status --json | jq -c .jobs)$(metric jobs)$(metric job_trouble)$(orch-inbox)" \
	'[]state="well" 0|state="invalid" 0|state="suspended" 0|state="held" 0|state="blocked" 0|' 'without jobs'

# --- each kind of trouble, and what is none
cat >jobs.yml <<'END'
x-task: &task {title: 'T {{slot}}', agent: sh, command: 'true'}
jobs:
- {id: held, schedule: '@hourly', task: *task}
- {id: asked, schedule: '@hourly', overlap: queue, task: *task}
- {id: review, schedule: '@hourly', task: *task}
- {id: blocked, schedule: '@hourly', task: *task}
- {id: failed, schedule: '@hourly', suspend_after: 2, task: *task}
- {id: allows, schedule: '@hourly', overlap: allow, task: *task}
- {id: fine, schedule: '@daily', task: *task}
- {id: rests, schedule: '@hourly', enabled: false, task: *task}
END
at 2026-01-02T03:30:00Z
now 2026-01-02T04:10:00Z
is "$(at 2026-01-02T04:00:00Z | tr '\n' ' ')" '1 2 3 4 5 6 ' 'six are due'
is "$(jobs)$(waiting)" '' 'what is to run is no trouble'
is "$(list held '[.last_slot, .last_run, .last_task, .last_status, .last_ended]')" \
	'["2026-01-02T04:00:00Z","2026-01-02T04:00:00Z",1,"routed",null]' 'B20: the last run of a job'
ends 1 needs_review 'reason: attempts used up'
ends 2 needs_review 'question: Which one?'
ends 3 in_review 'reason: unchecked'
ends 5 failed 'last_error: "no such \\e[31mdoor"'
is "$(jobs | cut -f 2 | tr '\n' ' ')$(orch-fsck | grep -c ^job)" 'held asked review 0' 'held: seen before a slot is lost, which is no fault'
is "$(at 2026-01-02T05:00:00Z | tr '\n' ' ')" '7 8 ' 'an hour later'
ends 7 failed
now 2026-01-02T05:30:00Z
is "$(jobs | grep -c blocked)" 0 'a task that runs for long is none at once'
for hour in 06 07; do at "2026-01-02T$hour:00:00Z" >/dev/null; done
now 2026-01-02T07:59:59Z
is "$(jobs | grep -c blocked)" 0 'three slots are not more than three'
now 2026-01-02T08:00:00Z

listing >"$T/before"
ok 'orch-status' orch-status
is "$(grep "^job$tab" "$T/out")" "$(sed "s/ | /$tab/g" <<'END'
job | held | held since 2026-01-02T05:00:00Z: task 1, needs_review, waits for a person; until then the job makes none (orch-retry 1, orch-cancel 1)
job | asked | held since 2026-01-02T05:00:00Z: task 2, needs_review, waits for a person; until then the job makes none (orch-answer 2, orch-cancel 2)
job | review | held since 2026-01-02T05:00:00Z: task 3, in_review, waits for a person; until then the job makes none (orch-review --approve 3, orch-cancel 3)
job | blocked | blocked since 2026-01-02T05:00:00Z: task 4, routed, has taken more than 3 of its slots (orch-show 4, orch-cancel 4)
job | failed | suspended since 2026-01-02T06:00:00Z: its tasks failed one after another, the last, task 7: no reason was given (orch-cron enable failed)
END
)" 'held, blocked, suspended, and what to type'
ok 'orch-status --json' orch-status --json
is "$(jq -c '.jobs | map(select(.trouble) | [.id, .trouble])' "$T/out")" \
	'[["held","held"],["asked","held"],["review","held"],["blocked","blocked"],["failed","suspended"]]' 'the same for programs'
is "$(jq -c '.jobs[]' "$T/out")" "$(orch-cron list --json)" 'job by job as orch-cron list has them'
is "$(jq -r '.jobs[] | select(.id == "held") | [.held_by, .held_by_person, .held_since] | @csv' "$T/out")" \
	'1,true,"2026-01-02T05:00:00Z"' 'who holds it'
ok 'orch-inbox' orch-inbox
is "$(grep -A 1 '^ *-  job ' "$T/out")" "$(cat <<'END'
-  job       2026-01-02T05:00:00Z  held
    held: task 1, needs_review, waits for a person; until then the job makes none (orch-retry 1, orch-cancel 1)
-  job       2026-01-02T05:00:00Z  asked
    held: task 2, needs_review, waits for a person; until then the job makes none (orch-answer 2, orch-cancel 2)
-  job       2026-01-02T05:00:00Z  review
    held: task 3, in_review, waits for a person; until then the job makes none (orch-review --approve 3, orch-cancel 3)
-  job       2026-01-02T05:00:00Z  blocked
    blocked: task 4, routed, has taken more than 3 of its slots (orch-show 4, orch-cancel 4)
-  job       2026-01-02T06:00:00Z  failed
    suspended: its tasks failed one after another, the last, task 7: no reason was given (orch-cron enable failed)
END
)" 'they wait for a person'
is "$(orch-inbox --json | jq -c 'select(.kind == "job") | [.schema, .id, .job, .status, .since, .task]' | sed -n '1p;5p')" \
	'[1,null,"held","held","2026-01-02T05:00:00Z",1]
[1,null,"failed","suspended","2026-01-02T06:00:00Z",null]' 'also for programs'
is "$(orch-inbox -o id | sort | tr '\n' ' ')$(orch-inbox all --json | grep -c '"kind":"job"')$(orch-inbox 1 | wc -l)" '1 2 3 5 7 02' \
	'fields and selectors are about tasks'
exits 1 'orch-fsck' orch-fsck
is "$(grep ^job "$T/out" | cut -f 2 | tr '\n' ' ')" 'job held job asked job review job blocked job failed ' 'has a warning for each'
like "$(cat "$T/out")" "*job${tab}job blocked${tab}blocked since 2026-01-02T05:00:00Z: task 4, routed, has taken*" 'that says what it is'
is "$(orch-fsck --json | jq -r 'select(.check == "job") | .task' | tr '\n' ' ')" '1 2 3 4 null ' 'and names the task'
like "$(orch-cron list)" '*held * task 1 needs_review, held by task 1 since 2026-01-02T05:00:00Z*
failed * last 2026-01-02T05:00:00Z task 7 failed, task 7 failed: no reason was given*rests * disabled*' 'orch-cron list'

# --- metrics
is "$(metric jobs)" 'state="well" 3|state="invalid" 0|state="suspended" 1|state="held" 3|state="blocked" 1|' 'B20: jobs are counted'
is "$(metric job_trouble)" 'job="held" 1|job="asked" 1|job="review" 1|job="blocked" 1|job="failed" 1|job="allows" 0|job="fine" 0|job="rests" 0|' \
	'which they are'
is "$(metric job_last_failed | tr '|' '\n' | grep ' 1')" 'job="failed" 1' 'whose last task failed'
is "$(metric job_last_slot_timestamp_seconds | tr '|' '\n' | sed -n '1p;7p' | tr '\n' ' ')" \
	"job=\"held\" $(date -d 2026-01-02T04:00:00Z +%s) job=\"fine\" 0 " 'when a slot was used'
is "$(metric job_last_run_timestamp_seconds | tr '|' '\n' | sed -n '5p')" "job=\"failed\" $(date -d 2026-01-02T05:00:00Z +%s)" 'when its task was made'
orch-status --prometheus >"$T/metrics"
ok 'promtool finds nothing' sh -c '"$0" check metrics 2>&1 <"$1"' "$promtool" "$T/metrics"
is "$(cat "$T/out")" '' 'at all'
listing >"$T/after"
ok 'nothing was written by any of them' cmp "$T/before" "$T/after"

# --- live: what a person does is seen at once, not at the next tick
orch-retry -q 1 >/dev/null
ends 4 'done' 'history: [{at: 2026-01-02T07:30:00Z, status: done}]'
is "$(jobs | cut -f 2,3 | sed 's/since.*//' | tr "\n$tab" ' ,')" 'held,blocked  asked,held  review,held  failed,suspended  ' 'what was retried waits for nobody, what ended is gone'
is "$(list blocked '[.last_status, .last_ended, .held_by, .last_error]')" '["done","2026-01-02T07:30:00Z",null,null]' 'the last run has ended'
is "$(metric job_last_end_timestamp_seconds | tr '|' '\n' | sed -n '4p')" "job=\"blocked\" $(date -d 2026-01-02T07:30:00Z +%s)" 'which is counted'
is "$(list failed '[.last_error_task, .last_error]')" '[7,"no reason was given"]' 'B20: the last error of a job is that of its newest task'
ends 7 cancelled
is "$(list failed '[.last_error_task, .last_error]')" '[5,"no such \u001b[31mdoor"]' 'what was withdrawn tells nothing'
is "$({ orch-status; orch-inbox; orch-fsck; orch-cron list; } | grep -c "$(printf '\033')")" 0 'it is made visible'
printf 'review: {reviewers: [cat]}\nisolation: none\n' >orch.yml
ends 3 in_review 'reason: review'
sed -i '/^    reason: unchecked/d' tasks.yml
is "$(jobs | grep -c "^job${tab}review${tab}held")" 0 'what reviewers look at waits for no person'
printf 'isolation: none\n' >orch.yml
sed -i "s/id: asked, schedule: '@hourly', overlap: queue/id: asked, schedule: '@hourly', overlap: replace/" jobs.yml
is "$(jobs | grep -c "^job${tab}asked")" 0 'nor does a task that gives way'
orch-cron enable failed
is "$(jobs | grep -c "^job${tab}failed")" 0 'enabled again'

# --- what is not valid
cat >jobs.yml <<'END'
jobs:
- {id: typo, schedule: '* * * * *', task: {titel: x}}
- {id: lost, schedule: '* * * * *', timezone: Europe/Berlni, task: {title: x}}
- {id: waits, schedule: '* * * * *', task: {title: x, depends_on: [99]}}
- {schedule: '* * * * *', task: {title: x}}
- {id: lost, schedule: '* * * * *', task: {title: x}}
- {id: off, schedule: '* * * * *', enabled: false, timezone: Europe/Berlni, task: {title: x}}
END
at 2026-01-02T08:00:00Z >/dev/null 2>&1
at 2026-01-02T08:01:00Z >/dev/null 2>&1
is "$(jobs | cut -f 2,3 | cut -d : -f 1 | tr "\n$tab" ' ,')" 'typo,invalid since 2026-01-02T08 lost,invalid since 2026-01-02T08 waits,invalid since 2026-01-02T08 jobs.yml,invalid jobs.yml,invalid ' \
	'jobs that are not valid'
like "$(jobs)" "*jobs.yml:2:*no field 'titel'*Berlni*99*a job without id*two jobs 'lost'*" 'with what is wrong'
is "$(orch-fsck | grep ^job | cut -f 2 | sed 's/:[0-9]*$//' | tr '\n' ' ')" 'jobs.yml:2 job lost job waits jobs.yml:5 jobs.yml:6 ' 'and where'
is "$(metric jobs)$(metric job_trouble)" 'state="well" 1|state="invalid" 5|state="suspended" 0|state="held" 0|state="blocked" 0|job="typo" 1|job="lost" 1|job="waits" 1|job="off" 0|' \
	'one series for a name'
is "$(orch-inbox | grep -c '^ *-  job ')" 5 'all wait for a person'

# --- the same before any tick has looked, and when one has
rm -f .orch/state/cron.*
printf 'tasks:\n  - {id: 7, title: x, status: done}\n' >tasks.yml
printf 'isolation: none\nprojects: {shop: .}\n' >orch.yml
cat >jobs.yml <<'END'
jobs:
- {id: minute, schedule: '99 * * * *', task: {title: x}}
- {id: never, schedule: '0 0 30 2 *', task: {title: x}}
- {id: zone, schedule: '@daily', timezone: Europe/Berlni, task: {title: x}}
- {id: place, schedule: '@daily', task: {title: x, project: shpo}}
- {id: waits, schedule: '@daily', task: {title: x, depends_on: [7, 99]}}
- {id: good, schedule: '@daily', task: {title: x, project: shop, depends_on: [7]}}
- {id: rests, schedule: '99 * * * *', enabled: false, task: {title: x}}
END
now 2026-01-02T08:00:10Z
invalid='minute never zone place waits '
# views: which jobs are invalid, by each of the five
views() {
	orch-cron list --json | jq -r 'select(.trouble == "invalid").id' | tr '\n' ' '
	jobs | grep "${tab}invalid" | cut -f 2 | tr '\n' ' '
	orch-inbox --json | jq -r 'select(.status == "invalid").job' | tr '\n' ' '
	orch-fsck | sed -n "s/^job${tab}job \([a-z]*\)${tab}invalid.*/\1/p" | tr '\n' ' '
	metric job_trouble | tr '|' '\n' | sed -n 's/job="\(.*\)" 1/\1/p' | tr '\n' ' '
	metric jobs | tr '|' '\n' | sed -n 's/state="invalid" //p'
}
is "$(views)" "$invalid$invalid$invalid$invalid${invalid}5" 'invalid jobs are seen before a tick, by all'
like "$(orch-cron list)" "minute *error: schedule: column 1*never *error: schedule: *zone *Berlni*place *error: project: *did you mean 'shop'*waits *error: depends_on: no task 99*good *next 2026-01-03*rests *" \
	'with the reason'
orch-cron list --json | jq -c '[.id, .error]' >"$T/before"
exits 65 'a tick' at 2026-01-02T08:00:10Z
is "$(cut -d : -f 2 "$T/err" | tr '\n' ' ')" ' job minute  job never  job zone  job place ' 'tells of those that no slot need show'
is "$(views)" "$invalid$invalid$invalid$invalid${invalid}5" 'and all say what they said'
orch-cron list --json | jq -c '[.id, .error]' >"$T/after"
ok 'in the same words' cmp "$T/before" "$T/after"
is "$(list place '.error_at')$(list waits '.error_at')" '"2026-01-02T08:00:10Z"null' 'now with the time, where a tick has found it'
exits 65 'the slots of all' at 2026-01-03T00:00:10Z
is "$(views)" "$invalid$invalid$invalid$invalid${invalid}5" 'the same'
orch-cron list --json | jq -c '[.id, .error]' >"$T/after"
ok 'in the same words, too' cmp "$T/before" "$T/after"
exits 65 'nor is one run by hand' orch-cron run minute
exits 2 'of no project' orch-cron run place
exits 2 'a job of no project is not added' orch-cron add new @daily T project=shpo
exits 65 'nor one of no zone' orch-cron add new @daily T timezone=Europe/Berlni
is "$(grep -c new jobs.yml)" 0 'not at all'
printf 'isolation: none\nprojects: {shop: ., shpo: .}\n' >orch.yml
sed -i "s/'99 \* \* \* \*'/'9 * * * *'/; s/30 2/30 3/; s/Berlni/Berlin/; s/\[7, 99\]/[7]/" jobs.yml
at 2026-01-03T00:00:20Z >"$T/out"
is "$(views)" 0 'what was mended is well'
printf 'isolation: none\n' >orch.yml

# --- a file that is none
echo 'jobs: {' >jobs.yml
ok 'orch-status of a damaged file' orch-status
like "$(cat "$T/out")" "*job${tab}jobs.yml${tab}invalid: jobs.yml:*" 'says so'
is "$(orch-status --json | jq -c '.jobs | map([.id, .trouble])')" '[[null,"invalid"]]' 'also for programs'
like "$(orch-inbox)" '*-  job       -                     jobs.yml
    invalid: jobs.yml:*' 'orch-inbox'
like "$(orch-fsck)" "*job${tab}jobs.yml:*" 'orch-fsck'
orch-status --prometheus >"$T/metrics" 2>"$T/err"
is "$(grep -c '^orch_job' "$T/metrics")$(grep -c 'orch_unreadable{.*part="jobs"} 1' "$T/metrics")" 01 'metrics leave it out'
like "$(cat "$T/err")" 'orch-status: warning: jobs.yml:*' 'and tell it'
exits 65 'orch-cron list' orch-cron list
rm jobs.yml && mkdir jobs.yml
ok 'what cannot be read' orch-status
like "$(cat "$T/out")" "*job${tab}jobs.yml${tab}invalid: *" 'is told, too'
rmdir jobs.yml

# --- a state that is lost, and one that is damaged
cat >jobs.yml <<'END'
jobs: [{id: held, schedule: '@hourly', task: {title: x}}]
END
printf 'tasks:\n  - {id: 1, title: x, job: held, status: needs_review}\n' >tasks.yml
rm .orch/state/cron.*
is "$(jobs)$(list held '[.last_task, .held_by, .held_since]')" \
	"job${tab}held${tab}held: task 1, needs_review, waits for a person; until then the job makes none (orch-retry 1, orch-cancel 1)[null,1,null]" 'what the task says is seen'
for text in '{' '' 'garbage' '{"schema":1,"jobs":' '{"schema":2,"jobs":{}}' '[]'; do
	printf '%s' "$text" >.orch/state/cron.json
	ok "a damaged state: '$text'" orch-status
	like "$(cat "$T/err")" '*cron.json is damaged*' 'is told of'
	is "$(jobs 2>/dev/null | cut -f 2)" held 'and no more'
	exits 1 'orch-fsck' orch-fsck
	like "$(cat "$T/out")" "*job${tab}.orch/state/cron.json${tab}it is damaged (*): *next tick*" 'finds it'
	orch-status --prometheus >"$T/metrics" 2>"$T/err"
	is "$(grep -c '^orch_job' "$T/metrics")$(grep -c 'orch_unreadable{.*part="jobs"} 1' "$T/metrics")" 01 'metrics do not call well what they cannot know'
	is "$(grep -c 'cron.json is damaged' "$T/err")" 1 'and tell it once'
done
echo 'jobs: {' >jobs.yml
is "$(orch-fsck 2>/dev/null | grep -c ^job)" 2 'beside a damaged jobs.yml both are found'
printf "jobs: [{id: held, schedule: '@hourly', task: {title: x}}]\n" >jobs.yml
at 2026-01-03T00:01:00Z 2>"$T/err"
like "$(cat "$T/err")" '*cron.json is damaged*' 'a tick'
is "$(orch-fsck | grep -c cron.json)$(orch-status --prometheus | grep -c 'part="jobs"} 0')" 01 'writes a new one'

# --- many: the metrics are bounded, all are counted
rm .orch/state/cron.json
{ echo 'jobs:'; seq 150 | sed "s/.*/- {id: j&, schedule: '@hourly', task: {title: x}}/"; } >jobs.yml
is "$(metric jobs | tr '|' '\n' | head -n 1) $(metric job_trouble | tr '|' '\n' | grep -c job=)" 'state="well" 150 100' '150 jobs'
done_testing
