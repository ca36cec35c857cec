#!/bin/sh
# orch-route: which agent, why, and what is refused.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

project
mkdir -p orch.d/agents
for agent in alpha beta gamma; do
	printf 'id: %s\nbin: [/bin/sh]\nstdin: none\nformat: text\nanswer: json\nargv: {run: [-c, "exit 0"]}\n' \
		"$agent" >"orch.d/agents/$agent.yml"
done
sed 's/alpha/gone/; s|/bin/sh|no-such-program|' orch.d/agents/alpha.yml >orch.d/agents/gone.yml
sed 's/alpha/off/' orch.d/agents/alpha.yml >orch.d/agents/off.yml
cat >orch.yml <<'END'
agents: {off: {enabled: false}}
router:
  default: cat
  rules:
    - {label: docs, priority: high, agent: alpha, model: big, complexity: complex, skills: [style]}
    - {title: '^(Bump|Update) ', agent: beta, profile: {role: bumper}}
    - {key: 'k', agent: gone}
END
ok 'help' orch-route -h
snapshot
ok 'no tasks' orch-route
is "$(cat "$T/out" "$T/err")" '' 'are done'
unchanged 'and nothing is written'

orch-add -l docs -p high -l agent:beta 'Label before rule' >/dev/null
orch-add -l docs -p high 'First rule' >/dev/null
orch-add 'Bump it' >/dev/null
orch-add -l docs 'Half a rule' >/dev/null
orch-add --command true 'A command' >/dev/null
orch-add --command true 'Update by command' >/dev/null
orch-add -a alpha 'Has one' >/dev/null
snapshot
ok 'a dry run' orch-route -n
is "$(tr '\n' ' ' <"$T/out")" '1 2 3 4 5 6 ' 'prints the ids'
ok 'with --explain' orch-route -n --explain all
untouched 'and writes nothing'
is "$(cat "$T/out")" "$(printf '1\tbeta\tlabel agent:beta
2\talpha\trule 1
3\tbeta\trule 2
4\tcat\tdefault
5\tsh\tcommand
6\tbeta\trule 2
7\talpha\t%s' "$(sed -n '7s/.*	//p' "$T/out")")" 'the first that applies decides'
ok 'all that are new' orch-route
is "$(tr '\n' ' ' <"$T/out")" '1 2 3 4 5 6 ' 'are routed'
is "$(orch-list @routed -o agent | tr '\n' ' ')" 'beta alpha beta cat sh beta alpha ' 'by the rules'
is "$(orch-list 2 -o agent_model,complexity,selected_skills,route_reason)" \
	"$(printf 'big\tcomplex\tstyle\trule 1')" 'a rule gives more than the agent'
is "$(field 3 agent_profile.role)" bumper 'a profile too'
is "$(jq -r 'select(.topic == "task.routed" and .data.event == "route") | .task' .orch/events.jsonl | tr '\n' ' ')" \
	'1 2 3 4 5 6 ' 'each is told'
ok 'a second time' orch-route
is "$(cat "$T/out")" '' 'none is new'
ok 'those that are routed pass through a pipe' sh -c 'orch-list 1,7 -o id | orch-route -'
is "$(tr '\n' ' ' <"$T/out")" '1 7 ' 'and are printed'
is "$(orch-list 1,7 -o agent | tr '\n' ' ')" 'beta alpha ' 'with the agent they have'
ok 'another agent' orch-route -a sh 1
is "$(orch-list 1 -o agent,status)" "$(printf 'sh\trouted')" 'for one that has one'

# --explain is another way to print, not a dry run.
id=$(orch-add 'Explained')
ok '--explain without -n' orch-route --explain
is "$(cat "$T/out")" "$(printf '%s\tcat\tdefault' "$id")" 'prints id, agent and reason'
is "$(status "$id")" routed 'and routes'

# What cannot be routed stays, the others go on.
gone=$(orch-add --key k 'Rule to a program that is missing')
fine=$(orch-add 'Fine')
off=$(orch-add -l agent:off 'Not enabled')
exits 69 'one of three has an agent that is there' orch-route
is "$(cat "$T/out")" "$fine" 'its id is printed'
like "$(cat "$T/err")" '*no-such-program*' 'the program that is missing is named'
is "$(status "$gone"),$(status "$off"),$(status "$fine")" 'new,new,routed' 'the others stay new'
like "$(field "$gone" route_warning)" '*no-such-program*' 'with a warning'
like "$(field "$off" route_warning)" '*off*' 'each its own'
exits 69 'all three with --print all' orch-route --print all "$gone" "$fine" "$off"
is "$(tr '\n' ' ' <"$T/out")" "$gone $fine $off " 'are printed'
ok 'with another agent' orch-route -a cat "$gone"
is "$(field "$gone" route_warning)" - 'the warning goes'
exits 78 'an agent that is not there' orch-route -a nobody "$off"
like "$(cat "$T/err")" '*nobody*' 'is named'
is "$(cat "$T/out")" '' 'nothing is printed'
is "$(status "$off")" new 'nothing is routed'
refuses 2 'an unknown status in a selector' orch-route @nwe
printf 'id: broken\nargv: {runn: []}\n' >orch.d/agents/broken.yml
exits 78 'the file of an agent is not valid' orch-route -a broken "$off"
like "$(cat "$T/err")" '*broken.yml*' 'is named'
orch-run "$(orch-add -a sh --command 'echo x >x' 'Run')" >/dev/null 2>"$T/err"
done=$(orch-list @done -o id)
exits 69 'a task that is done' orch-route "$done"
like "$(cat "$T/err")" '*done*' 'says so'
is "$(status "$done")" 'done' 'and stays'

# The router's name is no way out of the folder of agents.
for name in ../../etc/passwd /etc/passwd .hidden 'a/b' ''; do
	orch-add -l "agent:$name" 'Hostile' >"$T/id" 2>/dev/null || continue
	got=0
	orch-route "$(cat "$T/id")" >"$T/out" 2>"$T/err" || got=$?
	case $got in 69 | 78) got=refused ;; esac
	is "$got,$(status "$(cat "$T/id")")" refused,new "label agent:$name is refused"
done

# Round robin.
cd "$T/w" && project robin && cp -r ../p/orch.d .
printf 'router: {mode: round_robin, agents: [alpha, beta, gamma]}\n' >orch.yml
for i in 1 2 3 4; do orch-add "T $i" >/dev/null; done
orch-route >/dev/null
is "$(orch-list -o agent | tr '\n' ' ')" 'alpha beta gamma alpha ' 'in turn'
orch-add 'T 5' >/dev/null && orch-route >/dev/null
is "$(orch-list 5 -o agent)" beta 'and on from there at the next call'
printf 'router: {mode: round_robin, agents: [alpha, gone, beta]}\n' >orch.yml
for i in 6 7 8; do orch-add "T $i" >/dev/null; done
orch-route >/dev/null 2>&1
is "$(orch-list 6..99 -o agent 2>/dev/null | grep -c gone)" 0 'one that is not there gets no turn'
is "$(orch-list @new -o id)" '' 'and no task waits for it'
printf 'router: {}\n' >orch.yml
orch-add 'Nobody' >/dev/null
exits 69 'no rule, no default' orch-route
is "$(orch-list -o id @new)" 9 'leaves it new'
done_testing
