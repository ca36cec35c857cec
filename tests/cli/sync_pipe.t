#!/bin/sh
# orch-sync-gh pull | orch-route - | orch-run - | orch-sync-gh push -: an issue comes in, its
# branch and its result come out, once, however often the minute comes round.
TEST_TIMEOUT=300
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
export ORCH_TEST_NOSYNC=1 XDG_STATE_HOME="$T/state"

# An agent that does what its task says, "NAME: WHAT".
cat >"$T/imitate" <<'END'
#!/bin/sh
read -r name what <<TASK
$(grep -om1 '[a-z]*: [a-z]*$')
TASK
echo "$what" >"${name%:}"
printf '{"status":"done","summary":"made %s"}\n' "${name%:}"
END
chmod +x "$T/imitate"

# pipe [VERIFY]: the pipeline in this minute, with a check for what comes in if one is given; in
# $status what each stage ended with, in $T/out what the last one printed
now=0
checked() { if [ -n "$1" ]; then orch-set - verify="$1"; else cat; fi; }
pipe() {
	gh_clock 60
	now=$((now + 60))
	ORCH_TEST_NOW=$(date -u -d "@$((1767323045 + now))" +%Y-%m-%dT%H:%M:%SZ)
	export ORCH_TEST_NOW
	{ orch-sync-gh pull; echo "pull $?" >&3; } 2>"$T/err" 3>"$T/s1" | checked "${1-}" |
		{ orch-route -; echo "route $?" >&3; } 2>>"$T/err" 3>"$T/s2" |
		{ orch-run - ; echo "run $?" >&3; } 2>>"$T/err" 3>"$T/s3" |
		{ orch-sync-gh push -; echo "push $?" >&3; } 2>>"$T/err" 3>"$T/s4" >"$T/out"
	status=$(cat "$T/s1" "$T/s2" "$T/s3" "$T/s4" | tr '\n' ' ')
}
issue() { gh_person "{\"as\":\"ana\",\"repo\":\"acme/app\",\"do\":\"create\",\"title\":\"$1\"}" >/dev/null; }
states() { orch-list -o id,status | tr '\t\n' ': '; }
results() { gh_issue "$1" '[.comments[] | select(.body | test("[.]result -->$"))] | length'; }
well='pull 0 route 0 run 0 push 0 '

gh_start
project
mkdir -p orch.d/agents
printf 'id: imitate\nbin: [%s]\nstdin: prompt\nformat: text\nanswer: json\nargv: {run: []}\nperm: {edit: [], full: []}\nok: {exit: [0]}\n' "$T/imitate" >orch.d/agents/imitate.yml
cat >orch.yml <<'END'
router: {mode: rules, default: imitate}
gh: {write_interval: 0}
END
pipe 'test -s door'
is "$status$(cat "$T/out")" "$well" 'nothing is there: every stage ends well' || note "$(cat "$T/err")"

issue 'door: mended'
pipe 'test -s door'
is "$status$(states)" "${well}1:done " 'an issue comes in, and is done' || note "$(cat "$T/err")"
is "$(git show orch/1-door-mended:door)" mended 'its branch has the work'
is "$(gh_issue 1 '.state, .state_reason')" 'closed
completed' 'its issue is closed'
like "$(gh_issue 1 '.comments | map(.body) | join("\n")')" '*made door*' 'with the result'
like "$(gh_issue 1 '.comments | map(.body) | join("\n")')" '*orch/1-door-mended*' 'and the branch'
gh_clear
pipe
is "$status$(cat "$T/out")" "$well" 'then nothing is left'
is "$(gh_count '[!G]*' '*') $(orch-list --json | jq .attempts)" '0 1' 'and nothing is done'

# No check was there to run: a person must look.
issue 'window: open'
pipe
is "$status$(states)" "${well}1:done 2:in_review " 'without a check it is in review'
is "$(gh_issue 2 '.state, (.labels | map(.name? // .) | map(select(test("status"))) | join(","))')" 'open
status:in_review' 'and so its issue says, which is open'
is "$(results 2)" 1 'with its result'

# What fails goes no further, and the next run tells.
sed -i '1a max_attempts: 1' orch.yml
issue 'gate: open'
pipe 'grep -q shut gate'
is "$status" 'pull 0 route 0 run 69 push 0 ' 'what fails is a status of its stage'
pipe
is "$(states)$(results 3)" '1:done 2:in_review 3:failed 0' 'what is not handed on is not told'
ok 'the next orch-sync-gh' orch-sync-gh
is "$(results 3)" 1 'tells of it'

# A person closes it all the same: done, but nobody accepted the work.
gh_person '{"as":"ana","issue":3,"do":"close","reason":"completed"}' >/dev/null
pipe
is "$(states)" '1:done 2:in_review 3:done ' 'closed as completed it is done'
got=$(orch-land -n 2>"$T/err" | tr '\n' ' ')
like "$got$(cat "$T/err")" '1 *task 3 kept: it was closed, and nobody accepted its work*' 'orch-land leaves its branch'

# Ten minutes: issues come, are edited, closed, commented on; one minute brings nothing twice.
bad=
for i in 1 2 3 4 5 6 7 8 9 10; do
	case $i in
	2 | 5 | 6) issue "shelf: built" ;;
	3) gh_person '{"as":"ana","issue":4,"do":"comment","body":"/priority high"}' >/dev/null ;;
	4) gh_person '{"as":"ana","issue":4,"do":"edit","body":"of oak"}' >/dev/null ;;
	7) gh_person '{"as":"ana","issue":5,"do":"close","reason":"not_planned"}' >/dev/null ;;
	8) gh_person '{"as":"ana","issue":4,"do":"label","label":"wood"}' >/dev/null ;;
	9) gh_person '{"as":"ana","issue":6,"do":"label","label":"status:done"}' >/dev/null ;;
	esac
	pipe
	[ "$status" = "$well" ] || bad="$bad $i: $status"
done
is "$bad" '' 'ten minutes, every stage ended well'
is "$(states)" '1:done 2:in_review 3:done 4:in_review 5:cancelled 6:done ' 'each task is where people brought it'
is "$(gh_dump '[.repos[].issues[] | .title] | length') $(orch-list -o id | wc -l | tr -d ' ')" '6 6' 'one issue and one task for each'
is "$(orch-list --json | jq -s -c 'map(.attempts)')" '[1,1,1,1,1,1]' 'one attempt each'
is "$(for i in 1 2 3 4 5 6; do results $i; done | tr '\n' ' ')" '1 1 1 1 1 1 ' 'one result each'
is "$(gh_dump '[.repos[].issues[].comments[].body | select(test("[.]status -->$"))] | length')" 6 'one comment with the state each'
is "$(git branch --list 'orch/*' | wc -l | tr -d ' ')" 6 'one branch each'
gh_clear
pipe
is "$status$(gh_log .status | sort -u)" "${well}304" 'and in the end there is nothing to do, which is not billed'
is "$(gh_violations)" '' 'all as GitHub wants it'
done_testing
