# feedback.sh - commands in comments, for tests of orch-sync-gh; read behind github.sh
#
#	say USER ISSUE TEXT [ASSOCIATION]	a comment, ten seconds later; $said is its id
#	issue_of TASK		the number of its issue
#	comment ID FILTER	of what GitHub has of that comment
#	eyes ID			who reacted and how, "orch-bot eyes"
#	answer ID		the comment that answers that one, without its mark; nothing: none
#	answers ID		how many there are
#	task ID FILTER		of the task as JSON
#	notes ID		its history
#	sync [ARG..]		orch-sync-gh, output in $T/out and $T/err
# shellcheck shell=sh


say() {
	gh_clock 10
	gh_person "$(jq -cn --arg user "$1" --argjson issue "$2" --arg body "$3" --arg association "${4-}" \
		'{"as": $user, issue: $issue, do: "comment", body: $body} +
		if $association == "" then {} else {association: $association} end')" >/dev/null
	said=$(gh_issue "$2" '.comments[-1].id')
}
issue_of() { task "$1" .gh.number; }
comment() { gh_dump ".repos[].issues[].comments[]? | select(.id == $1) | $2"; }
eyes() { comment "$1" '[.reactions[]? | .user + " " + .content] | join(",")'; }
answer() {
	gh_dump ".repos[].issues[].comments[]? | select(.user == \"orch-bot\" and (.body | contains(\".$1.answer -->\"))) | .body" |
		sed '/^<!-- orch:/d; /^$/d'
}
answers() {
	gh_dump "[.repos[].issues[].comments[]? | select(.user == \"orch-bot\" and (.body | contains(\".$1.answer -->\")))] | length"
}
task() { orch-show --json "$1" | jq -r "$2"; }
notes() { task "$1" '.history[]?.note // empty'; }
sync() { orch-sync-gh "$@" >"$T/out" 2>"$T/err"; }
