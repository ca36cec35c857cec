#!/bin/sh
# orch-plan: what a manifest may say, what becomes of it, and how it runs to its end.
# shellcheck disable=SC2016 # some words are for another shell
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1
DATA=$ROOT/tests/data/plan

# sums WANT NAME PLAN: of its summary, which add up
sums() {
	is "$(orch-plan summary "$3" | tail -n 1)" "plan $3: $1" "$2"
	is "$(orch-plan summary --json "$3" | jq '.pass + .warn + .fail + .skipped + .pending == .total and .total == (.tasks | length)')" \
		true 'and the sums add up'
}
verdicts() { orch-plan summary --json "$1" | jq -r '.tasks[] | .name + ":" + .verdict' | tr '\n' ' '; }

project
printf 'retry: {jitter: 0}\nisolation: none\n' >orch.yml
ok 'help' orch-plan -h
exits 2 'no verb' orch-plan
exits 2 'an unknown verb' orch-plan sumary x
like "$(cat "$T/err")" "*did you mean 'summary'?" 'the nearest is told'
exits 2 'a verb alone' orch-plan run
exits 2 'two files' orch-plan validate a b
exits 2 'no number of jobs' orch-plan run -j 0 x
exits 2 'no duration' orch-plan run --timeout soon x
exits 71 'no such file' orch-plan validate none.yml
refuses 2 'no such plan' orch-plan summary none
refuses 2 'nobody approves it' orch-plan approve none
refuses 2 'nor is it followed' orch-plan follow none

# D19 D20: what is wrong with a manifest, each with its place; nothing is done about it.
for file in "$DATA"/bad/*.yml; do
	name=${file##*/}
	for verb in validate import 'run --yes'; do
		# shellcheck disable=SC2086 # two words
		refuses 65 "${name%.yml}: $verb" orch-plan $verb "$file"
		is "$(cat "$T/err")" "orch-plan: $file:$(sed -n '1s/^# //p' "$file")" 'says what, and where'
	done
done
sed 's/agent: [^,]*/agent: nobody-has-it/; s/}]/}, {id: b, title: B, agent: nobody-has-it, command: x}]/' "$DATA/bad/agent.yml" >later.yml
ok 'an agent that is not there yet' orch-plan validate later.yml
like "$(cat "$T/err")" "orch-plan: warning: later.yml:6:46: no agent 'nobody-has-it' (there are: *)" 'is told once, with its place'
printf 'version: 1\nname: d\nmode: all-parallel\ndefaults: {agent: sh, prompt: Say it.}\nstages: [{id: s, tasks: [{id: a, title: A}]}]\n' >default.yml
ok 'the prompt of the defaults is enough' orch-plan validate default.yml
sed 's/prompt: Say it./command: x/' default.yml >command.yml
ok 'so is their command' orch-plan validate command.yml
sed 's/title: A/title: A, prompt: " "/' default.yml >blank.yml
exits 65 'a task that says a blank one has none' orch-plan validate blank.yml
big() { # big N M: two stages of so many tasks
	printf 'version: 1\nname: big\nmode: all-parallel\nstages:\n'
	for n in "$@"; do
		printf '  - id: of-%s\n    tasks:\n' "$n"
		seq -f "      - {id: t$n-%.0f, title: T, agent: sh, command: 'true'}" "$n"
	done
}
big 300 301 >big.yml
ok 'a barrier between 300 and 301' orch-plan validate big.yml
big 400 401 >big.yml
refuses 65 'one between 400 and 401' orch-plan validate big.yml
like "$(cat "$T/err")" '*more than 100000 ways: put a stage with one task in between' 'says how to do without'
big 400 1 401 >big.yml
ok 'which helps' orch-plan validate big.yml
big 20001 >big.yml
refuses 65 'more than 20,000 tasks' orch-plan validate big.yml

# The waves, by mode.
for file in "$DATA"/modes/*.yml; do
	name=${file##*/}
	orch-plan show "$file" >"$T/out" 2>"$T/err"
	is "$?$(cat "$T/err")" 0 "${name%.yml}: show"
	is "$(cat "$T/out")" "$(cat "${file%.yml}.waves")" 'prints the waves'
	is "$(orch-plan show --json "$file" | jq -r '[.wave, .stage, .id, .fields.agent // "-", (.needs | if . == [] then "-" else join(",") end), .fields.title] | @tsv' | sed 's/\\\\/\\/g')" \
		"$(cat "${file%.yml}.waves")" 'and the same as JSON'
	snapshot
	ok "${name%.yml}: run -n" orch-plan run -n "$file"
	is "$(cat "$T/out")" "$(cat "${file%.yml}.waves")" 'prints the same'
	unchanged 'and does nothing'
	ok "${name%.yml}: import -n" orch-plan import -n "$file"
	is "$(tr '\n' ' ' <"$T/out")" "$(seq -s ' ' "$(wc -l <"${file%.yml}.waves")") " 'prints the ids that there would be'
	unchanged 'and does nothing'
done
ok 'from standard input' orch-plan show - <"$DATA/modes/json.yml"
orch-plan validate - <"$DATA/bad/mode.yml" 2>"$T/err"
like "$(cat "$T/err")" 'orch-plan: standard input:4:1: *' 'which is called so'

# One convention for blank lines.
orch-plan show --json "$DATA/prompts.yml" | jq -rj '"== \(.id)\n" + (.fields.body // "")' >"$T/prompts"
cmp -s "$T/prompts" "$DATA/prompts.golden"
result $? 'D11: prompts are put together as in prompts.golden' || note "$(diff "$T/prompts" "$DATA/prompts.golden")"

# Tiers: agent and model come together, from the first that names either.
cat >tiers.yml <<'E'
version: 1
name: tiers
mode: all-parallel
tiers: {small: {agent: codex, model: mini}, other: {agent: gemini}}
defaults: {tier: small, prompt: p}
stages:
  - id: s
    tasks:
      - {id: by-default, title: T, prompt: p}
      - {id: own-agent, title: T, prompt: p, agent: claude}
      - {id: own-tier, title: T, prompt: p, tier: other}
      - {id: of-project, title: T, prompt: p, tier: large}
      - {id: own-model, title: T, prompt: p, tier: large, model: x}
E
refuses 65 'a tier that nobody knows' orch-plan validate tiers.yml
printf 'plan:\n  tiers: {large: {agent: claude, model: opus}, small: {agent: never}}\n' >>orch.yml
is "$(orch-plan show --json tiers.yml | jq -r '[.id, .fields.agent // "-", .fields.agent_model // "-"] | join(":")' | tr '\n' ' ')" \
	'by-default:codex:mini own-agent:claude:- own-tier:gemini:- of-project:claude:opus own-model:-:x ' 'tiers'
ok 'import' orch-plan import tiers.yml
is "$(orch-list plan=tiers -o key,agent,agent_model,status | tr '\t\n' ': ')" \
	'tiers/by-default:codex:mini:routed tiers/own-agent:claude::routed tiers/own-tier:gemini::routed tiers/of-project:claude:opus:routed tiers/own-model::x:new ' 'the tasks have them'
is "$(orch-list plan=tiers stage=s -o id | tr '\n' ' ')" '1 2 3 4 5 ' 'and can be selected by plan and stage'

# Imported twice, nothing is made twice; what has changed is told.
snapshot
ok 'a second import' orch-plan import tiers.yml
is "$(tr '\n' ' ' <"$T/out")$(cat "$T/err")" '1 2 3 4 5 ' 'prints the same ids'
unchanged 'and makes nothing'
sed 's/own-agent, title: T/own-agent, title: New, timeout: 5m/' tiers.yml >changed.yml
snapshot
ok 'a task that is changed' orch-plan import changed.yml
is "$(cat "$T/err")" 'orch-plan: warning: task 2 (own-agent) differs from the manifest in title, timeout and stays as it is' 'is told of'
unchanged 'and stays'
sed '/own-tier/d' tiers.yml >fewer.yml
refuses 65 'a manifest with fewer tasks' orch-plan import fewer.yml
like "$(cat "$T/err")" "*plan 'tiers' was imported with 'tiers/own-tier'*" 'says which'
sed 's/id: own-tier/id: third/' tiers.yml >other.yml
refuses 65 'one with another' orch-plan run other.yml
like "$(cat "$T/err")" "*plan 'tiers' was imported without 'third'*" 'says which'
orch-add --key tiers2/by-default 'In the way' >/dev/null
sed 's/^name: .*/name: tiers2/' tiers.yml >second.yml
refuses 2 'a key that another task has' orch-plan import second.yml
like "$(cat "$T/err")" "*key: 'tiers2/by-default' belongs to task 6" 'says whose'

# Two at once make one plan.
project ../two
cp ../p/tiers.yml . && printf 'plan: {tiers: {large: {agent: claude}}}\n' >orch.yml
for n in 1 2 3 4; do orch-plan import tiers.yml >"$T/ids.$n" & done
wait
is "$(cat "$T"/ids.? | sort -n | uniq -c | awk '{ print $1 "x" $2 }' | tr '\n' ' ')" '4x1 4x2 4x3 4x4 4x5 ' 'four imports at once make it once'

# Each mode runs to its end, in its order.
printf 'echo "$1" >>../order\n' >../say
for mode in all-parallel all-sequential dependency-driven manual-batching; do
	project "../$mode"
	rm -f ../order
	cp "$DATA/modes/$mode.yml" plan.yml
	printf 'retry: {jitter: 0}\n' >orch.yml
	ok "$mode: run" orch-plan run --yes -q -j 2 plan.yml
	is "$(sort -n "$T/out" | tr '\n' ' ')" '1 2 3 4 5 ' 'prints who is done'
	# A task stands behind all that it waits for.
	awk -F '\t' 'NR == FNR { at[$1] = FNR; next }
	$5 != "-" { n = split($5, on, ","); for (i = 1; i <= n; i++) if (at[on[i]] >= at[$3]) print on[i] " after " $3 }
	!($3 in at) { print $3 " did not run" }' ../order "$DATA/modes/$mode.waves" >"$T/wrong"
	is "$(cat "$T/wrong")" '' 'none before what it waits for'
	sums '5 pass, 0 warn, 0 fail, 0 skipped, 0 pending of 5' 'all passed' $mode
	snapshot
	ok "$mode: again" orch-plan run --yes -q plan.yml
	is "$(cat "$T/out")" '' 'there is nothing left to do'
	unchanged 'and nothing is done'
	ok "$mode: follow" orch-plan follow $mode
	is "$(tail -n 1 "$T/out")" "plan $mode: 5 pass, 0 warn, 0 fail, 0 skipped, 0 pending of 5" 'ends with the sums'
done

# Waves that a person lets go.
project ../batches
cp "$DATA/modes/manual-batching.yml" plan.yml
orch-plan import plan.yml >"$T/out"
is "$(orch-list -o status | tr '\n' ' ')" 'routed needs_review needs_review needs_review needs_review ' 'only the first wave can run'
is "$(orch-inbox --json | wc -l)" 4 'a person is asked for the others'
refuses 75 'the second before the first has ended' orch-plan approve manual-batching
exits 69 'run without a terminal' orch-plan run plan.yml
is "$(cat "$T/out")" 1 'runs the first'
like "$(cat "$T/err")" '*wave 2 of plan manual-batching waits for approval, 1 tasks: --yes, or orch-plan approve manual-batching*' 'and says that the second waits'
sums '1 pass, 0 warn, 0 fail, 0 skipped, 4 pending of 5' 'the others are pending' manual-batching
exits 1 'summary: not ended' orch-plan summary manual-batching
snapshot
ok 'approve -n' orch-plan approve -n manual-batching
is "$(cat "$T/out")" 2 'prints whom'
unchanged 'and lets nobody go'
ok 'approve' orch-plan approve manual-batching
is "$(cat "$T/out")/$(orch-list -o status | tr '\n' ' ')" '2/done routed needs_review needs_review needs_review ' 'lets one wave go'
printf 'n\n' | script -qec "orch-plan run -q plan.yml" /dev/null >"$T/out" 2>&1
like "$(cat "$T/out")" '*wave 3 of plan manual-batching: run 1 of its 1 tasks? *' 'on a terminal a person is asked'
is "$(orch-list -o status | tr '\n' ' ')" 'done done needs_review needs_review needs_review ' 'who says no'
printf 'y\ny\nn\n' | script -qec "orch-plan run -q plan.yml" /dev/null >"$T/out" 2>&1
is "$(orch-list -o status | tr '\n' ' ')" 'done done done done needs_review ' 'or yes, wave by wave'

# What a person did not let go stays where it is when a wave before it fails, and comes back.
project ../unapproved
cat >plan.yml <<E
version: 1
name: mb
mode: manual-batching
defaults: {agent: sh, isolation: none, max_attempts: 1}
stages:
  - {id: one, tasks: [{id: a, title: a, command: 'test -e flag'}]}
  - {id: two, tasks: [{id: b, title: b, command: 'echo b >>deployed'}]}
  - {id: three, tasks: [{id: c, title: c, command: 'echo c >>deployed'}]}
E
exits 69 'a first wave that fails' orch-plan run -q plan.yml </dev/null
like "$(cat "$T/err")" '*wave 2 of plan mb stays parked: what it needs ended badly*' 'says why nobody is asked'
is "$(orch-list -o status --all | tr '\n' ' ')" 'failed needs_review needs_review ' 'the others stay parked'
touch flag
orch-retry -q 1
orch-run -q --ready >/dev/null
is "$(cat deployed 2>/dev/null; orch-list -o status --all | tr '\n' ' ')" 'done needs_review needs_review ' 'the first is done, and they still wait'
exits 69 'the second wave is asked for' orch-plan run -q plan.yml </dev/null
like "$(cat "$T/err")" '*wave 2 of plan mb waits for approval, 1 tasks*' 'as ever'
orch-plan approve mb >/dev/null
orch-run -q --ready >/dev/null
is "$(cat deployed)" b 'only what was approved runs'

# What agents do at the boundary: nothing, nonsense, too long, an exit code, the truth.
project ../boundary
mkdir -p orch.d/agents
cat >orch.d/agents/judge.yml <<END
{id: judge, bin: [$T/judge], stdin: prompt, format: text, answer: json, argv: {run: []}, perm: {edit: []}, ok: {exit: [0]}}
END
cat >"$T/judge" <<'END'
#!/bin/sh
case $(grep -o 'act:[a-z-]*') in
act:missing) echo 'all went well' ;;
act:odd) echo '{"status": "splendid", "summary": "x"}' ;;
act:exit) exit 3 ;;
act:exit-done) echo '{"status": "done", "summary": "x"}' && exit 3 ;;
act:slow) echo 'half of it' && echo 'and a word' >&2 && exec sleep 600 ;;
act:rest) echo '{"status": "done", "summary": "x", "remaining": ["the other half"]}' ;;
*) echo '{"status": "done", "summary": "x"}' ;;
esac
END
chmod +x "$T/judge"
printf 'isolation: none\naccept: unchecked\nretry: {jitter: 0}\nbreaker: {failures: 100}\n' >orch.yml
# shall MODE: the same tasks, in an order that the mode has
shall() {
	cat <<END
version: 1
name: $1
mode: $1
defaults: {agent: judge, max_attempts: 1}
stages:
  - id: one
    tasks:
      - {id: good, title: T, prompt: "act:good"}
      - {id: rest, title: T, prompt: "act:rest"}
  - id: two
    barrier: true
    tasks:
      - {id: missing, title: T, prompt: "act:missing"}
      - {id: odd, title: T, prompt: "act:odd"}
      - {id: exit, title: T, prompt: "act:exit"}
      - {id: exit-done, title: T, prompt: "act:exit-done"}
      - {id: slow, title: T, prompt: "act:slow", timeout: 1s}
  - id: three
    barrier: true
    tasks: [{id: deep, title: T, prompt: "act:good"}]
  - id: four
    barrier: true
    tasks: [{id: deeper, title: T, prompt: "act:good"}]
  - id: five
    barrier: true
    tasks: [{id: deepest, title: T, prompt: "act:good"}]
END
}
for mode in all-parallel dependency-driven manual-batching; do
	shall $mode >plan.yml
	exits 69 "$mode: run" orch-plan run --yes plan.yml
	is "$(verdicts $mode)" \
		'good:pass rest:warn missing:fail odd:fail exit:fail exit-done:fail slow:fail deep:skipped deeper:skipped deepest:skipped ' \
		"D3 D12 D13: $mode: each has its verdict, what waits is skipped at any depth"
	sums '1 pass, 1 warn, 5 fail, 3 skipped, 0 pending of 10' 'D14 D26: a warning is no failure, nothing counts twice' $mode
	is "$(orch-plan summary --json $mode | jq -r '.tasks[] | select(.class) | .name + ":" + .class' | tr '\n' ' ')" \
		'missing:invalid_output odd:invalid_output exit:crashed exit-done:crashed slow:timeout ' 'D21: each failure has its class'
	is "$(orch-plan summary --json $mode | jq -r '.tasks[] | select(.name == "slow") | .output')" \
		"$(printf 'half of it\nand a word')" 'D5: what a timeout cut off is shown'
	like "$(orch-plan summary $mode)" "*slow	*stopped: its time was up
    half of it
    and a word
skipped	*" 'and stands below its line'
	snapshot
	ok "$mode: run -n" orch-plan run -n --yes plan.yml
	sums '1 pass, 1 warn, 5 fail, 3 skipped, 0 pending of 10' 'D26: a dry run counts nothing' $mode
	unchanged 'and changes nothing'
done
shall all-sequential >plan.yml
exits 69 'all-sequential: run' orch-plan run --yes plan.yml
is "$(verdicts all-sequential)" \
	'good:pass rest:warn missing:fail odd:skipped exit:skipped exit-done:skipped slow:skipped deep:skipped deeper:skipped deepest:skipped ' \
	'all-sequential: the first failure skips the rest'

# Optional checks: run behind the others, on what they passed; told, and nothing else.
cat >optional.yml <<'END'
version: 1
name: optional
mode: all-parallel
defaults: {agent: judge, verify: ['true'], max_attempts: 1}
stages:
  - id: s
    tasks:
      - {id: passes, title: T, prompt: x, optional_verify: ['true']}
      - {id: warns, title: T, prompt: x, optional_verify: ['echo checked >&2; exit 4', 'true', 'exit 5']}
      - {id: fails, title: T, prompt: x, verify: ['exit 3'], optional_verify: ["touch ran"]}
END
exits 69 'optional checks' orch-plan run -q optional.yml
is "$(verdicts optional)" 'passes:pass warns:warn fails:fail ' 'one that fails is a warning'
is "$(orch-list key=optional/warns --json | jq -c '[.status, .warnings, .last_error]')" \
	"[\"done\",[\"'echo checked >&2; exit 4' ended with 4\",\"'exit 5' ended with 5\"],null]" 'the task has it, and is done'
is "$(cat ".orch/runs/$(orch-list key=optional/warns -o id)/1/verify-2.stderr")" checked 'what it said is kept'
is "$(find . -name ran)" '' 'where a check failed they are not run'
orch-set "$(orch-list key=optional/warns -o id)" optional_verify= >/dev/null
orch-retry -q key=optional/warns >/dev/null
orch-run -q key=optional/warns >/dev/null
is "$(verdicts optional)" 'passes:pass warns:pass fails:fail ' 'the next attempt starts without warnings'

# Back again: what was skipped follows its cause.
orch-list plan=all-sequential 'status!=done' -o id | orch-set - agent=sh command=true >/dev/null
orch-retry -q key=all-sequential/missing >/dev/null
ok 'a cause that is put back' orch-plan run --yes -q plan.yml
is "$(verdicts all-sequential | tr ' ' '\n' | grep -c ':pass')/$(verdicts all-sequential | tr ' ' '\n' | grep -c ':warn')" 9/1 'all that waited runs, too'

# Archived tasks count.
ORCH_TEST_NOW=2027-01-01T00:00:00Z orch-gc archive >/dev/null
is "$(orch-list plan=all-sequential -o id | wc -l)" 0 'they have left the file'
sums '9 pass, 1 warn, 0 fail, 0 skipped, 0 pending of 10' 'archived tasks count' all-sequential
ok 'and are not made again' orch-plan import -q plan.yml
is "$(wc -l <"$T/out")" 10 'their ids are printed'

# Tasks without an agent are routed first; one that nobody may do waits for a person.
project ../routing
printf 'isolation: none\nrouter: {default: none}\n' >orch.yml
printf 'version: 1\nname: r\nmode: all-parallel\nstages: [{id: s, tasks: [{id: a, title: A, command: "true"}, {id: b, title: B, prompt: x}]}]\n' >plan.yml
orch-plan run plan.yml >"$T/out" 2>"$T/err"
is "$?/$(cat "$T/out")" 78/1 'one is routed and runs, the other can have no agent'
like "$(cat "$T/err")" '*task 2*none*1 pending of 2*' 'which is said'

# Until the time is up, and until it is stopped: nothing is lost.
mkfifo "$T/began"
exec 3<>"$T/began"
project ../time
printf 'isolation: none\nretry: {base: 0s, jitter: 0}\ngrace: 1s\n' >orch.yml
printf 'version: 1\nname: t\nmode: all-sequential\nstages: [{id: s, tasks: [{id: a, title: A, agent: sh, command: "echo x >%s; sleep 600"}, {id: b, title: B, agent: sh, command: "true"}]}]\n' "$T/began" >plan.yml
exits 124 'run with a time' orch-plan run --timeout 1s plan.yml
exits 124 'follow with a time' orch-plan follow --timeout 10ms t
read -r _ <&3
orch-plan run plan.yml >"$T/out" 2>"$T/err" &
run=$!
read -r _ <&3
kill "$run"
wait "$run"
is "$?" 75 'stopped while it runs'
is "$(orch-list @in_progress -o id)" '' 'its attempt was stopped with it'
like "$(orch-plan summary t | tail -n 1)" '*2 pending of 2' 'and all of it can go on'
orch-set 1 command=true >/dev/null
ok 'which it does' orch-plan run -q plan.yml

# Killed in the midst: what it started goes on, and the next one goes on with that.
mkfifo "$T/go"
project ../killed
printf 'isolation: none\n' >orch.yml
printf 'version: 1\nname: k\nmode: all-sequential\nstages: [{id: s, tasks: [{id: a, title: A, agent: sh, command: "echo x >%s; read x <%s"}, {id: b, title: B, agent: sh, command: "true"}]}]\n' "$T/began" "$T/go" >plan.yml
orch-plan run plan.yml >"$T/out" 2>"$T/err" &
run=$!
read -r _ <&3
kill -9 "$run"
wait "$run" 2>/dev/null
orch-plan run -q plan.yml >"$T/out" 2>"$T/err" &
run=$!
echo x >"$T/go"
wait "$run"
is "$?" 0 'a run that was killed is gone on with'
is "$(orch-list -o attempts,status | tr '\t\n' ': ')" '1:done 1:done ' 'and nothing ran twice'

# A task that waits for its children: they are run, too.
project ../family
printf 'isolation: none\n' >orch.yml
printf 'version: 1\nname: f\nmode: all-parallel\nstages: [{id: s, tasks: [{id: a, title: A, agent: sh, command: "true"}]}]\n' >plan.yml
orch-plan import plan.yml >/dev/null
orch-add --parent 1 --command true 'Child' >/dev/null
sed -i '/^  - id: 1$/,/^  - id: 2$/s/status: routed/status: blocked/' tasks.yml
ok 'a task with a child' orch-plan run -q plan.yml
is "$(tr '\n' ' ' <"$T/out")$(orch-list -o status | tr '\n' ' ')" '2 1 done done ' 'the child first'
sums '1 pass, 0 warn, 0 fail, 0 skipped, 0 pending of 1' 'which is no task of the plan' f

# A circle that a hand edit closed: the run says which.
project ../circle
printf 'version: 1\nname: c\nmode: all-sequential\ndefaults: {agent: sh, isolation: none}\nstages: [{id: s, tasks: [{id: a, title: a, command: "true"}, {id: b, title: b, command: "true"}]}]\n' >c.yml
orch-plan import -q c.yml >/dev/null
sed 's/title: a$/&\n    depends_on: [2]/' tasks.yml >edited && mv edited tasks.yml
exits 65 'a plan that waits for itself' timeout 20 orch-plan run -q c.yml
like "$(cat "$T/err")" '*task 1 waits for itself: 1 -> 2 -> 1*' 'names the circle'

# Hostile titles in a terminal.
printf 'version: 1\nname: h\nmode: all-parallel\nstages: [{id: s, tasks: [{id: a, title: "\\e[2Jx", command: x}]}]\n' >h.yml
is "$(script -qec 'orch-plan show h.yml' /dev/null </dev/null | grep -c "$(printf '\033')")" 0 'control characters do not reach a terminal'
done_testing
