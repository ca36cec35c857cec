#!/bin/sh
# check.sh - `make check-agents`: each real CLI, driven by orch-run, against a model on loopback
#
#	tests/agents/check.sh [-c CASES] [AGENT ..]	-c 'ok hang': only these cases
#
# The programs are those of build/agents (install.sh), the drivers those of share/orch, as
# they are.  There is no network but loopback, no credential, a HOME for each agent, and
# none may report, update or fetch anything.  A case is a task; what the service says to it
# is told by the first part of the path that the CLI is given (stub.js).  One line of TAP
# each; an agent that is not there has one too, and it is not ok.
here=$(cd "$(dirname "$0")/../.." && pwd -P)
if [ -z "${SH_TEST-}" ] && [ -z "${ALONE-}" ]; then
	# Who is not root has a network of his own in a user namespace.
	ALONE=$(id -u) TMPDIR=$here/build/agents/runs TEST_TIMEOUT=3600
	mkdir -p "$TMPDIR"
	export ALONE TMPDIR TEST_TIMEOUT
	case $ALONE in 0) set -- -n "$0" "$@" ;; *) set -- -rn "$0" "$@" ;; esac
	exec unshare "$@"
fi
[ -n "${SH_TEST-}" ] || ip link set lo up
# shellcheck source=tests/lib/sh.sh
. "$here/tests/lib/sh.sh"
unset ORCH_TEST_NOW		# the CLIs and the service have the real one
A=$ROOT/build/agents
selected=
[ "${1-}" = -c ] && selected=$2 && shift 2
[ $# -gt 0 ] || set -- claude codex opencode gemini qwen copilot

node "$ROOT/tests/agents/stub.js" "$T/requests" >"$T/port" &
stub=$!
trap 'kill "$stub"; cd / && [ -n "${KEEP-}" ] || { chmod -R u+rwX "$T"; rm -rf "$T"; }' EXIT
until [ -s "$T/port" ]; do kill -0 "$stub" || exit 1; done
read -r port <"$T/port"

# ---- how each of them is brought to speak to the stub, and to nobody else ----

# speaks AGENT SCENARIO
speaks() {
	url=http://127.0.0.1:$port/$2
	case $1 in
	claude)
		export ANTHROPIC_BASE_URL="$url" CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1
		unset ANTHROPIC_API_KEY CLAUDE_CODE_OAUTH_TOKEN
		# Only a subscription is told when its limit ends.
		case $2 in
		limit) export CLAUDE_CODE_OAUTH_TOKEN=sk-ant-oat01-none ;;
		*) export ANTHROPIC_API_KEY=none ;;
		esac
		;;
	codex)
		export CODEX_API_KEY=none
		mkdir -p "$HOME/.codex"
		cat >"$HOME/.codex/config.toml" <<-EOF
			model_provider = "stub"
			check_for_update_on_startup = false
			[analytics]
			enabled = false
			[model_providers.stub]
			name = "stub"
			base_url = "$url/v1"
			wire_api = "responses"
			env_key = "CODEX_API_KEY"
		EOF
		;;
	opencode)
		mkdir -p "$HOME/.config/opencode"
		cat >"$HOME/.config/opencode/opencode.json" <<-EOF
			{ "autoupdate": false, "provider": { "stub": { "npm": "@ai-sdk/openai-compatible",
			  "options": { "baseURL": "$url/v1", "apiKey": "none" },
			  "models": { "m": { "tool_call": true, "limit": { "context": 128000, "output": 4096 },
			  "cost": { "input": 1, "output": 10, "cache_read": 0.1 } } } } } }
		EOF
		;;
	gemini)
		export GOOGLE_GEMINI_BASE_URL="$url" GEMINI_API_KEY=none
		mkdir -p "$HOME/.gemini"
		echo '{ "security": { "auth": { "selectedType": "gemini-api-key" } },
			"privacy": { "usageStatisticsEnabled": false },
			"general": { "enableAutoUpdate": false } }' >"$HOME/.gemini/settings.json"
		;;
	qwen)
		export OPENAI_BASE_URL="$url/v1" OPENAI_API_KEY=none
		mkdir -p "$HOME/.qwen"
		echo '{ "security": { "auth": { "selectedType": "openai" } },
			"privacy": { "usageStatisticsEnabled": false },
			"general": { "enableAutoUpdate": false } }' >"$HOME/.qwen/settings.json"
		;;
	copilot)
		export COPILOT_OFFLINE=true COPILOT_PROVIDER_TYPE=openai COPILOT_MODEL=gpt-5.1 \
			COPILOT_PROVIDER_BASE_URL="$url/v1" COPILOT_PROVIDER_API_KEY=none
		;;
	esac
}

# A model that the CLI knows, with a price where its driver has prices.
model() {
	case $1 in
	claude) echo claude-sonnet-4-5 ;;
	codex | copilot) echo gpt-5.1 ;;
	opencode) echo stub/m ;;
	gemini) echo gemini-2.5-flash ;;
	qwen) echo qwen3-coder-plus ;;
	esac
}

# What all requests of a task are and cost, in tokens and millionths of a dollar: as the CLI says, as
# the prices of its driver make it, or nobody knows.
usage() {
	n=$(grep -c '"protocol"' "$T/requests")
	case $1 in
	claude) set -- $((n * 4200)) null ;;
	opencode) set -- $((n * 1570)) null ;;
	codex) set -- $((n * 3755 / 2)) $((n * 3755 / 2)) ;;
	gemini) set -- $((n * 454)) $((n * 454)) ;;
	*) set -- null null ;;
	esac
	echo "$((n * 1500)) $((n * 34)) $1 $2"
}

# When it is tried again after a limit of an hour: who is told of no time waits a minute.
reset() {
	case $1 in
	claude | codex | gemini) echo 'in an hour' ;;
	*) echo 'in a minute' ;;
	esac
}

# How long it may be silent and run: it needs time to start, and one tries again for long,
# in silence.
patience() {
	case $1:$2 in
	qwen:throttle) echo idle_timeout=3m timeout=150s ;;
	qwen:overloaded | qwen:drop) echo idle_timeout=5m timeout=5m ;;
	opencode:*) echo idle_timeout=2m timeout=4m ;;
	*) echo idle_timeout=1m timeout=3m ;;
	esac
}

# ---- the cases ----

task() { orch-list "$id" --json | jq -r "$1"; }
used() {
	task '.usage | [.input_tokens, .output_tokens, (.cost_usd, .estimated_usd | if . then . * 1e6 | floor else . end)] |
		map(tostring) | join(" ")'
}

# start AGENT CASE [PERMISSION]: a task, and its first attempt
start() {
	name="$1 $version: $2"
	speaks "$1" "$2"
	cat >orch.yml <<-EOF
		worktrees: ../wt
		retry: {jitter: 0}
		agents: {$1: {model: $(model "$1"), permission: ${3:-edit}}}
	EOF
	id=$(orch-add -a "$1" --verify 'grep -qx hello made.txt' "$2 of $1")
	# shellcheck disable=SC2046 # two settings
	orch-set "$id" $(patience "$1" "$2") >/dev/null
	: >"$T/requests"
	# What the case before has shown of the agent is not what this one is about.
	orch-agent reset "$1" >/dev/null 2>&1
	again
}
again() {
	began=$(date +%s)
	orch-run "$id" >"$T/out" 2>"$T/err"
	got="$? $(task '[.status, .error_class // "-"] | join(" ")')"
}

# verdict WANT [MORE]: is what was got what is wanted?  If not, what the CLI said.
verdict() {
	is "$got" "$1" "$name: $1${2-} ($(($(date +%s) - began)) s)" && return
	note "$(task '.last_error, .reason' | cut -c 1-300)"
	for f in .orch/runs/"$id"/*/stdout .orch/runs/"$id"/*/stderr; do
		note "$f: $(tail -n 3 "$f" | cut -c 1-400)"
	done
}

# driver AGENT KEY: a line of the driver, without its key
driver() { sed -n "s/^$2: *//p" "$ROOT/share/orch/agents/$1.yml"; }

# What the driver says of the version and of a login that is not there.
knows() {
	version=$("$1" --version 2>/dev/null </dev/null |
		jq -Rr --arg re "$(driver "$1" version | sed 's/.*re: "\(.*\)"}.*/\1/')" 'match($re).captures[0].string')
	like ", $(driver "$1" verified | tr -d '[]')," "*, $version,*" "$1 $version: is a version that the driver was measured with"
	login=$(driver "$1" auth | sed 's/{argv: \[\([^]]*\)\].*/\1/' | tr -d ,)
	if [ -z "$login" ]; then
		result 0 "$1 $version: login # SKIP no command of it tells whether there is one"
		return
	fi
	# shellcheck disable=SC2086 # words
	! "$1" $login >/dev/null 2>&1 </dev/null
	result $? "$1 $version: $login: there is no login"
}

# Done and checked, all in one session, with the rules once in each request of the work.
checked() {
	start "$1" ok
	got="$got, used $(used), rules $(jq -r 'select(.tools | length > 0) | .rules' "$T/requests" | sort -u | tr '\n' ' ')"
	[ "$(task '.session // ""')" ] || got="$got, no session"
	verdict "0 done -, used $(usage "$1"), rules 1 "
}

goes_on() {
	start "$1" resume
	first=$got session=$(task .session)
	again
	got="$first, $got, used $(used)"
	[ "$(task .session)" = "$session" ] && grep -qF -e "$session" ".orch/runs/$id/2/argv" &&
		got="$got in one session"
	verdict "75 routed -, 0 done -, used $(usage "$1") in one session"
}

# The answer file lies outside of the folder that the agent works in.
answers_in_file() {
	start "$1" file
	got="$got $(task .summary)"
	verdict '0 done - in the file'
}

# What may only read has written nothing.
only_reads() {
	start "$1" read read
	find ../wt -name made.txt -path "*/$id-*" | grep -q . && got="$got, made.txt is there"
	verdict '75 routed verify_failed'
}

waits() {
	start "$1" limit
	got="$got, due $(task '((.retry_at | fromdate) - now) / 60 | if . > 58 and . < 61 then "in an hour"
		elif . <= 1 then "in a minute" else "in \(.) min" end')"
	verdict "75 routed rate_limited, due $(reset "$1")"
}

hangs() {
	start "$1" hang
	[ -s "$T/requests" ] || got="$got, and it asked for nothing"
	verdict '75 routed idle'
}

# Of the others only the class is of interest.
ends() {
	start "$1" "$2"
	verdict "$3"
}

cases='ok resume file read limit throttle overloaded auth model context empty cut drop hang'

one() {
	case $1:$2 in
	*:ok) checked "$1" ;;
	*:resume) goes_on "$1" ;;
	*:file) answers_in_file "$1" ;;
	*:read) only_reads "$1" ;;
	qwen:limit) result 0 "qwen $version: limit # SKIP it waits as long as the service says, in silence, and ends as idle" ;;
	*:limit) waits "$1" ;;
	qwen:throttle) ends "$1" "$2" '75 routed rate_limited' ;;
	*:throttle) ;;
	*:overloaded | *:drop) ends "$1" "$2" '75 routed overloaded' ;;
	*:auth | *:model) ends "$1" "$2" '69 needs_review auth' ;;
	*:context) ends "$1" "$2" '75 routed context_overflow' ;;
	*:empty | *:cut) ends "$1" "$2" '75 routed invalid_output' ;;
	*:hang) hangs "$1" ;;
	esac
}

check() {
	if [ -e "$A/$1.reason" ]; then
		result 1 "$1: $(cat "$A/$1.reason")"
		return
	fi
	mkdir "$T/w/$1" && cd "$T/w/$1" || return
	HOME=$T/w/$1/home
	mkdir "$HOME"
	PATH=$A/$1/node_modules/.bin:$ORCH_BIN:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
	[ "$1" = qwen ] && PATH=$A/node/node_modules/.bin:$PATH
	git config --file "$HOME/.gitconfig" user.name Tester
	git config --file "$HOME/.gitconfig" user.email tester@localhost
	project p
	knows "$1"
	for each in ${selected:-$cases}; do
		one "$1" "$each"
	done
}

for agent; do
	check "$agent"
done
done_testing
