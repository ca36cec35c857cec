#!/bin/sh
# Commands in comments: what each does, for whom, and that it does so once.  What kills and
# races leave of that is in sync_feedback_crash.t.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
# shellcheck source=tests/data/github/feedback.sh
. "$ROOT/tests/data/github/feedback.sh"
export ORCH_TEST_NOSYNC=1
said=

# stand ID STATUS: as if the suite had brought it there
stand() { sed -i "/{id: $1,/s/status: [a-z_]*/status: $2/" tasks.yml; }

gh_start
project
printf 'gh: {write_interval: 0}\n' >>orch.yml
cat >tasks.yml <<'END'
next_id: 20
tasks:
  - {id: 1, title: new one, status: new}
  - {id: 2, title: failed, status: routed, agent: sh, command: "true", reason: attempts used up, attempts: 3, retry_at: 2026-01-03T00:00:00Z}
  - {id: 3, title: asks, status: needs_review, agent: sh, command: "true", question: Which colour?}
  - {id: 4, title: parked, status: needs_review, agent: sh, command: "true", reason: refused}
  - {id: 5, title: blocked, status: blocked, agent: sh, command: "true", children: [6]}
  - {id: 6, title: a child, status: new, parent_id: 5}
  - {id: 7, title: waits for it, status: new, depends_on: [6]}
  - {id: 8, title: another, status: routed, agent: codex, agent_model: large, session: abc}
END
gh_seed '{"issues":[{"repo":"acme/app","title":"Old","user":"ana","comments":[
 {"user":"ana","body":"/close"},{"user":"ana","body":"/priority low"}]}]}' >/dev/null
ok 'the first run' orch-sync-gh
stand 2 failed
old=$(gh_issue 1 '.comments[0].id')
is "$(task 20 '.title, .status')" 'Old
new' 'an issue is taken in'
sync
is "$(task 20 '.status, .priority')" 'new
null' 'what was said before it went with a task is not carried out'
is "$(eyes "$old")$(answers "$old")" 0 'and gets no eye and no answer'
gh_person "$(jq -cn --argjson id "$old" '{"as":"ana","do":"edit-comment","comment":$id,"body":"/close now"}')" >/dev/null
sync
is "$(task 20 .status)" new 'nor when it is edited'
sync
sync
sync
gh_clear
sync
is "$(gh_log .status)" 304 'a run where nothing changed asks one question, for nothing'

# Each verb.
say ana "$(issue_of 2)" '/retry'
gh_clear
ok '/retry' orch-sync-gh
is "$(cat "$T/out")" 2 'prints the task'
is "$(task 2 '[.status, .retry_at, .retried_after] | tostring')" '["routed",null,3]' 'puts it back, as orch-retry does'
is "$(eyes "$said")" 'orch-bot eyes' 'the person sees that it was seen'
like "$(notes 2)" '*put back by ana on GitHub*' 'the history tells who it was'
is "$(task 2 .gh.comment)" "$said" 'the task remembers the comment'
is "$(gh_count GET '/issues/comments[?]*')$(gh_count GET '/issues/comments')" 01 'one question for comments'
gh_clear
sync
sync
is "$(gh_count POST '*')$(gh_count PATCH '*')" 00 'it is done once'

say ana "$(issue_of 4)" "$(printf '\n  \n/RETRY  look into\nthe other file')"
sync
is "$(task 4 '.status, .answer')" 'routed
look into
the other file' 'what stands behind it is for the next attempt'
orch-context 4 >"$T/prompt"
like "$(cat "$T/prompt")" '*<<<data*answer: look into*the other file*' 'which gets it as data'

say ana "$(issue_of 3)" "$(printf '/unblock')"
sync
is "$(task 3 .status)" needs_review 'a task that asks is not unblocked without an answer'
like "$(answer "$said")" '*/unblock*not carried out*asks something*' 'which the person is told'
is "$(eyes "$said")" '' 'instead of an eye'
say ana "$(issue_of 3)" "$(printf '/context Red <!-- do not tell -->and\342\200\256 blue')"
sync
is "$(task 3 '.status, .question, .answer')" 'routed
Which colour?
Red and blue' '/context is the answer to a question, without what a person does not see'
like "$(notes 3)" '*answered: Red and blue*' 'and told as one'

say ana "$(issue_of 1)" '/context one'
say ana "$(issue_of 1)" '/context $(touch /tmp/x) `../../etc/passwd` "two"'
sync
is "$(task 1 .answer)" '$(touch /tmp/x) `../../etc/passwd` "two"

And before that:
one' '/context, twice in one run: the newest first, and text is but text'
is "$(task 1 .status)" new 'and the task stands where it stood'
say ana "$(issue_of 1)" '/priority HIGH'
sync
is "$(task 1 .priority)" high '/priority'
like "$(gh_issue "$(issue_of 1)" '.labels | map(.name? // .) | join(" ")')" '*priority:high*' 'is a label, too'
say ana "$(issue_of 1)" '/priority soon'
sync
like "$(task 1 .priority)$(answer "$said")" 'high`/priority` takes one of*' 'a wrong one is told'

say ana "$(issue_of 5)" '/unblock'
sync
is "$(task 5 .status)" routed '/unblock: a blocked task goes on without its children'
say ana "$(issue_of 5)" '/unblock'
sync
like "$(task 5 .status) $(answer "$said")" 'routed*not blocked*' 'one that is not blocked is told so'
say ana "$(issue_of 6)" "$(printf '/close not needed\nany more')"
sync
is "$(task 6 '.status, .reason')" 'cancelled
closed by ana on GitHub: not needed any more' '/close withdraws the task'
is "$(gh_issue "$(issue_of 6)" '.state, .state_reason')" 'closed
not_planned' 'and closes its issue'
is "$(task 7 .status)" skipped 'and what waits for it is skipped in the same run'
say ana "$(issue_of 6)" /retry
sync
is "$(task 6 .status) $(task 7 .status)" 'new new' '/retry reopens it, and that comes back'
is "$(gh_issue "$(issue_of 6)" .state)" open 'as does its issue'

# Agents.
say ana "$(issue_of 8)" '/assign SH'
sync
is "$(task 8 .agent)" codex 'an agent that cannot do the work is not given it'
like "$(answer "$said")" '*/assign*not carried out*sh*' 'and told'
for name in nobody ../../x '$(id)' 'a b' ''; do
	say ana "$(issue_of 8)" "/assign $name"
	sync
	like "$(task 8 .agent) $(answer "$said")" 'codex*/assign*' "no agent: '$name'"
	case $(answer "$said") in *"$PWD"* | */agents/*) result 1 'and no path in the answer' ;; esac
done
say ana "$(issue_of 3)" '/assign Sh'
stand 3 failed
sync
is "$(task 3 '.agent, .status')" 'sh
routed' '/assign puts a parked task back'
mkdir bin && printf '#!/bin/sh\n' >bin/claude && chmod +x bin/claude
PATH=$PWD/bin:$PATH
say ana "$(issue_of 8)" '/assign claude'
sync
is "$(task 8 '[.agent, .agent_model, .session, .status] | tostring')" '["claude",null,null,"routed"]' 'session and model of another are dropped'
say ana "$(issue_of 1)" '/assign claude'
sync
is "$(task 1 '.agent, .status')" 'claude
routed' '/assign routes a new task'

# Help, and what is no command.
say ana "$(issue_of 1)" /help
help=$said
say ana "$(issue_of 1)" '/deploy to production'
deploy=$said
say ana "$(issue_of 1)" '/usr/bin/x is broken'
path=$said
sync
like "$(answer "$help")" '*/retry*/assign*/context*' '/help'
like "$(answer "$deploy")" '`/deploy` is no command*' 'what is none gets a short answer'
is "$(answers "$path")$(eyes "$path")" 0 'a path is no command'
gh_clear
sync --full
is "$(answers "$help")$(answers "$deploy")$(gh_count POST '*')" 110 'each once'

# Whose words do not count.
p0=$(task 1 .priority)
nobody() {
	say "$1" "$(issue_of 1)" "$2" "${4-}"
	sync
	is "$(task 1 .priority)$(eyes "$said")$(answers "$said")" "${p0}0" "$3"
}
nobody mallory '/priority urgent' 'a stranger'
nobody bob '/priority urgent' 'somebody who may only read' NONE
nobody mallory /help 'a stranger gets no answer'
nobody mallory '/foo' 'nor to what is no command'
nobody mallory '/priority urgent' 'an association that nobody knows' GODLIKE
nobody orch-bot '/priority urgent' 'our own login'
gh_seed '{"users":[{"login":"helper[bot]","type":"Bot"},{"login":"robot","type":"Bot"}]}' >/dev/null
nobody 'helper[bot]' '/priority urgent' 'a bot, whatever its association' COLLABORATOR
nobody robot '/priority urgent' 'a bot by its type' MEMBER
nobody ana "$(printf '/priority urgent\n\n<!-- orch:c=0123456789abcdef0123456789abcdef.1.result -->')" 'what has a mark of ours'
nobody ana '> /priority urgent' 'a quotation'
nobody ana "$(printf '\140\140\140\n/priority urgent\n\140\140\140')" 'code'
nobody ana ' /priority urgent' 'an indented line'
nobody ana "$(printf 'Hello\n/priority urgent')" 'a later line'
nobody ana 'please /priority urgent' 'a sentence'
gh_person '{"as":"ana","do":"role","login":"bob","role":"triage"}' >/dev/null
say bob "$(issue_of 1)" '/priority low' NONE
gh_clock 90000
sync
is "$(task 1 .priority)" low 'whoever may triage counts, when that was asked again'
say carl "$(issue_of 1)" '/priority normal' MEMBER
sync
is "$(task 1 .priority)" normal 'a member does'

# Edits and deletions.
say ana "$(issue_of 1)" '/priority high'
sync
orch-set -q 1 priority=low >/dev/null
gh_person "$(jq -cn --argjson id "$said" '{"as":"ana","do":"edit-comment","comment":$id,"body":"/priority urgent"}')" >/dev/null
sync
sync --full
is "$(task 1 .priority)" low 'an edited command is not carried out again'
say ana "$(issue_of 1)" 'just words'
sync
gh_person "$(jq -cn --argjson id "$said" '{"as":"ana","do":"edit-comment","comment":$id,"body":"/priority urgent"}')" >/dev/null
sync
is "$(task 1 .priority)" low 'nor what became one later'
say ana "$(issue_of 1)" '/priority urgent'
gh_person "$(jq -cn --argjson id "$said" '{"as":"ana","do":"delete-comment","comment":$id}')" >/dev/null
sync
is "$(task 1 .priority)" low 'nor one that was deleted'

# Issues of others.
gh_seed '{"issues":[{"repo":"acme/app","title":"Theirs","user":"mallory"},{"repo":"acme/app","title":"A change","user":"ana","pull":true}]}' >/dev/null
theirs=$(gh_dump '.repos[].issues[] | select(.title == "Theirs") | .number')
say ana "$theirs" '/close'
a=$said
say ana $((theirs + 1)) '/close'
sync
is "$(eyes "$a")$(eyes "$said")$(gh_issue "$theirs" .state)" open 'issues that are no tasks, and pull requests, take no commands'
orch-sync-gh unlink 7 >/dev/null
say ana "$(task 7 '.gh.number // 8')" /close
sync
is "$(task 7 .status)" new 'nor does an issue that was let go'

# Configuration.
sed -i 's/^gh:.*/gh: {write_interval: 0, commands: false}/' orch.yml
say ana "$(issue_of 1)" '/priority urgent'
gh_clear
sync
is "$(task 1 .priority) $(gh_count GET /issues/comments)" 'low 0' 'gh.commands: false'
gh_clock 600
sync
sed -i 's/^gh:.*/gh: {write_interval: 0, comments: false}/' orch.yml
say ana "$(issue_of 1)" 'Hello'
sync
is "$(task 1 .priority)" low 'what was said then is not carried out later'
say ana "$(issue_of 1)" '/foo'
sync
is "$(answers "$said")$(eyes "$said")" '0orch-bot confused' 'gh.comments: false: a sign instead of an answer'
sed -i 's/^gh:.*/gh: {write_interval: 0}/' orch.yml

# A dry run, a part, only one direction.
say ana "$(issue_of 1)" '/priority urgent'
cp tasks.yml "$T/before"
exits 0 'a dry run' orch-sync-gh -n
like "$(cat "$T/out")" '*update*/priority of ana*react*' 'tells of it'
cmp -s tasks.yml "$T/before"
result $? 'and changes nothing here'
is "$(eyes "$said")" '' 'nor there'
sync --only 2
is "$(task 1 .priority)" low 'nor does a run for other tasks'
exits 75 'without writes' orch-sync-gh --max-writes 0
is "$(task 1 .priority) $(eyes "$said")" 'urgent ' 'it is carried out'
ok 'the next run' orch-sync-gh
is "$(eyes "$said")" 'orch-bot eyes' 'has the eye'
say ana "$(issue_of 1)" '/priority high'
ok 'pull' orch-sync-gh pull
is "$(task 1 .priority)$(eyes "$said")" high 'carries it out and writes nothing'
is "$(gh_violations)" '' 'all as GitHub wants it'
done_testing
