# github.sh - a GitHub on loopback for tests of commands; read behind sh.sh
#
#	. "$(dirname "$0")/../lib/sh.sh"
#	. "$ROOT/tests/lib/github.sh"
#	gh_start
#	gh_seed '{"issues":[{"repo":"acme/app","title":"One","user":"bob"}]}'
#	ok 'it synchronises' orch-sync-gh
#	is "$(gh_count POST /issues)" 0 'and creates nothing'
#	is "$(gh_violations)" '' 'all of it was as GitHub wants it'
#
# gh_start starts build/$V/fake/github, ends it with the test, and exports GITHUB_API_URL,
# GITHUB_GRAPHQL_URL, GH_TOKEN and GITHUB_REPO.  Unless its argument is "empty" there are
# the organization acme with the private repository acme/app and its board 1 (Status:
# Backlog, In progress, Review, Done); orch-bot (write), ana (admin), bob (read), mallory
# (nothing); and for each a token "t-LOGIN" with the scopes repo and project.
# GH_TOKEN is that of orch-bot.  The clock stands at ORCH_TEST_NOW.
#
#	gh_seed JSON		gh_seed '{"issues":[{"repo":"acme/app","title":"Many","count":1000}]}'
#	gh_person JSON		gh_person '{"as":"ana","issue":1,"do":"close","reason":"not_planned"}'
#	gh_fault JSON		gh_fault '{"kind":"drop-reused","method":"POST","path":"/issues"}'
#	gh_option JSON		gh_option '{"rest_projects":false,"sub_issues":false}'
#	gh_clock SECONDS	advances the clock of the fake; gh_clock 2026-01-02T04:00:00Z sets it
#	later SECONDS		the same of both clocks; $now is ours in seconds
#	person MEMBERS		what ana does: person '"issue":1,"do":"close"'
#	gh_snapshot NAME	for {"kind":"stale","snapshot":"NAME"}
#	gh_release		lets go what is held
#	gh_clear		no log, no faults, no violations any more
#	gh_log [FILTER]		the log through jq -c, a line a request: gh_log 'select(.status>=400)|.path'
#	gh_dump [FILTER]	the state through jq: gh_dump '.repos[0].issues[].title'
#	gh_issue N [FILTER]	an issue of acme/app as it is remembered: gh_issue 3 .state
#	gh_count METHOD PATH	requests whose path below the repository is PATH, a pattern of the shell:
#				gh_count POST '/issues/*/comments'; METHOD '*' is any
#	gh_billed		how many requests were billed
#	gh_violations		one a line, "RULE: TEXT"; nothing if all was well
#	gh_crash before|after N CMD ARG..	runs the command and kills it (KILL) when its request
#				N arrives, before or after it is done.  0: killed; 1: it ended by
#				itself, with status $gh_status.  Output in $T/out, $T/err.
#	gh_api METHOD PATH [CURL-ARG..]		a request as it should be made, by GH_TOKEN: the
#				body on standard output (and in $T/gh/body), the status in
#				$T/gh/status, the headers in $T/gh/head; ends as curl does
#
# What can be in the JSON: tests/fake/github/seed.c, person.c, faults.h, control.h, store.h.
# shellcheck shell=sh

gh_world='{
 "users": [{"login":"acme","type":"Organization","members":["ana"]}, {"login":"bob"}, {"login":"mallory"}],
 "repos": [{"owner":"acme","name":"app","types":["Bug","Task"],
   "collaborators":{"orch-bot":"write","ana":"admin","bob":"read"}, "labels":["bug"]}],
 "tokens": [{"token":"t-orch-bot","login":"orch-bot","scopes":["repo","project"]},
   {"token":"t-ana","login":"ana","scopes":["repo","project"]},
   {"token":"t-bob","login":"bob","scopes":["repo","project"]},
   {"token":"t-mallory","login":"mallory","scopes":["repo","project"]}],
 "projects": [{"owner":"acme","number":1,"title":"Board",
   "fields":[{"name":"Title"},{"name":"Status","options":["Backlog","In progress","Review","Done"]}]}]}'

# gh_start [empty] [ARG..]: arguments behind it go to the fake.  Two FIFOs: the port comes
# by one, and the fake ends when nobody has the other open any more.
gh_start() {
	gh_what=${1-}
	[ $# -eq 0 ] || shift
	mkdir -p "$T/gh"
	rm -f "$T/gh/port" "$T/gh/life"
	mkfifo "$T/gh/port" "$T/gh/life"
	"$ROOT/build/$V/fake/github" "$T/gh/port" "$@" <"$T/gh/life" 2>"$T/gh/err" &
	gh_pid=$!
	exec 8>"$T/gh/life"
	read -r gh_port <"$T/gh/port"
	# shellcheck disable=SC2034 # sh.sh runs it
	sh_at_end=gh_stop
	gh_url=http://127.0.0.1:$gh_port
	GITHUB_API_URL=$gh_url GITHUB_GRAPHQL_URL=$gh_url/graphql GH_TOKEN=t-orch-bot GITHUB_REPO=acme/app
	export GITHUB_API_URL GITHUB_GRAPHQL_URL GH_TOKEN GITHUB_REPO
	[ "$gh_what" = empty ] || gh_seed "$gh_world" >/dev/null
}

gh_stop() {
	[ -n "${gh_pid-}" ] || return 0
	exec 8>&-
	kill "$gh_pid" 2>/dev/null
	wait "$gh_pid" 2>/dev/null
	gh_pid=
}

# gh_control CALL [JSON]: POST with the JSON, GET without.  False if it was refused.
gh_control() {
	if [ $# -gt 1 ]; then
		printf '%s' "$2" | curl -sS -o "$T/gh/said" -w '%{http_code}' --data-binary @- "$gh_url/_fake/$1" >"$T/gh/code"
	else
		curl -sS -o "$T/gh/said" -w '%{http_code}' "$gh_url/_fake/$1" >"$T/gh/code"
	fi
	cat "$T/gh/said"
	[ "$(cat "$T/gh/code")" = 200 ] || { echo "gh_control $*" >&2 && return 1; }
}

gh_seed() { gh_control seed "$1"; }
gh_person() { gh_control person "$1"; }
gh_fault() { gh_control fault "$1" >/dev/null; }
gh_option() { gh_control options "$1" >/dev/null; }
gh_snapshot() { gh_control snapshot "{\"name\":\"$1\"}" >/dev/null; }
gh_release() { gh_control release '{}' >/dev/null; }
gh_clear() { gh_control clear '{}' >/dev/null; }
gh_save() { gh_control save '{}' >/dev/null; }

gh_clock() {
	case $1 in
	*T*) gh_control clock "{\"set\":\"$1\"}" ;;
	*) gh_control clock "{\"advance\":$1}" ;;
	esac >/dev/null
}

now=1767323045	# that of sh.sh
later() {
	now=$((now + $1))
	ORCH_TEST_NOW=$(date -u -d "@$now" +%FT%TZ)
	export ORCH_TEST_NOW
	gh_clock "$1"
}
person() { gh_person "{\"as\":\"ana\",$1}" >/dev/null; }

gh_log() { gh_control log | jq -cr "${1-.}"; }
gh_dump() { gh_control dump | jq -r "${1-.}"; }
gh_issue() { gh_dump ".repos[] | select(.name == \"app\") | .issues[] | select(.number == $1) | ${2-.}"; }
gh_billed() { gh_log 'select(.billed) | .n' | wc -l | tr -d ' '; }
gh_violations() { gh_control violations | jq -r '.rule + ": " + .text'; }

gh_count() {
	gh_log '.method + " " + .path' | sed -E 's,/api/v3,,; s, /(repos/[^/]+/[^/]+|repositories/[0-9]+), ,' | {
		gh_n=0
		while read -r gh_method gh_path; do
			# shellcheck disable=SC2254 # both are patterns
			case $gh_method in $1) case $gh_path in $2) gh_n=$((gh_n + 1)) ;; esac ;; esac
		done
		echo "$gh_n"
	}
}

# shellcheck disable=SC2034 # gh_status is for the caller
gh_crash() {
	gh_when=$1 gh_nth=$2
	shift 2
	rm -f "$T/gh/crash"
	mkfifo "$T/gh/crash"
	exec 7<>"$T/gh/crash"
	gh_fault "{\"kind\":\"hold-$gh_when\",\"nth\":$gh_nth,\"file\":\"$T/gh/crash\"}"
	{
		sh -c 'echo "pid $$" >&7; exec "$@" 7>&-' sh "$@" >"$T/out" 2>"$T/err"
		echo "ended $?" >&7
	} &
	read -r gh_word gh_victim <&7
	read -r gh_word gh_status <&7
	if [ "$gh_word" = held ]; then
		kill -KILL "$gh_victim"
		while [ "$gh_word" != ended ]; do read -r gh_word gh_status <&7; done
		wait $! 2>/dev/null
		exec 7>&-
		return 0
	fi
	wait $!
	exec 7>&-
	gh_control clear-faults '{}' >/dev/null
	return 1
}

gh_api() {
	gh_method=$1 gh_path=$2 gh_rc=0
	shift 2
	: >"$T/gh/body"
	curl -sS -X "$gh_method" -D "$T/gh/head" -o "$T/gh/body" -w '%{http_code}' -A orch-test \
		-H 'Accept: application/vnd.github+json' -H 'X-GitHub-Api-Version: 2022-11-28' \
		-H 'Content-Type: application/json' -H "Authorization: Bearer $GH_TOKEN" "$@" \
		"$GITHUB_API_URL$gh_path" >"$T/gh/status" || gh_rc=$?
	cat "$T/gh/body"
	return $gh_rc
}
