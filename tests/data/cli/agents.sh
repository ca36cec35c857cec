# agents.sh - agents that do as told, for tests of limits; read after lib.sh
#
#	agent NAME [SCOPE]	a driver in orch.d, and a program on PATH that runs $T/does.NAME
#	does NAME LINE ..	what it does from now on
#	says_done		such a line: it works and tells what it used
#	task AGENT TITLE ..	adds a task for it, prints the id
#	at TIME			the clock stands there from now on ("04:00:00")
#	shown ID		status, agent, class, attempts and when it is due
#
# A limit is told in JSON: "limit SECONDS" on a line; a login that is refused on standard error.
# shellcheck shell=sh

PATH=$T/bin:$PATH
mkdir -p "$T/bin"

agent() {
	mkdir -p orch.d/agents
	cat >"orch.d/agents/$1.yml" <<-END
		bin: [$1]
		stdin: prompt
		format: jsonl
		argv: {run: [work], resume: [work, "{session}"]}
		opt: {model: [-m, "{model}"]}
		auth: {argv: [login], ok: 0}
		perm: {edit: []}
		field:
		  text: ["type=done : text"]
		  session: ["session"]
		  tokens_in: ["type=use : in | sum"]
		  tokens_out: ["type=use : out | sum"]
		  cost_usd: ["type=use : usd | sum"]
		ok: {exit: [0], need: "type=done"}
		scope: {cost_usd: ${2:-run}, tokens_in: ${2:-run}}
		error:
		  - {class: rate_limited, event: "type=limit : text", reset: "in ([0-9]+s)"}
		  - {class: overloaded, event: "type=busy : text"}
		  - {class: auth, stderr: "log in first"}
		  - {class: quota, stderr: "no money"}
	END
	printf '#!/bin/sh\ncase $1 in login) . %s ;; esac\ncat >/dev/null\n. %s\n' \
		"$T/login.$1" "$T/does.$1" >"$T/bin/$1"
	chmod +x "$T/bin/$1"
	echo 'exit 0' >"$T/login.$1"
	says_done >"$T/does.$1"
}

does() {
	does=$T/does.$1
	shift
	printf '%s\n' "$@" >"$does"
}

answer='{"type":"done","text":"{\"status\":\"done\",\"summary\":\"well\"}"}'
says_done() { echo "echo '$answer'"; }
limit() { echo "echo '{\"type\":\"limit\",\"text\":\"try again in $1s\"}'; exit 1"; }

task() {
	task_agent=$1
	shift
	orch-add -a "$task_agent" "$@"
}
at() { export ORCH_TEST_NOW="2026-01-02T$1Z"; }
shown() { orch-list "$1" -o status,agent,error_class,attempts,retry_at | tr '\t' ' '; }
state() { orch-agent list "$1" | cut -f 2; }
