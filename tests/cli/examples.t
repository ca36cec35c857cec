#!/bin/sh
# Every example of every manual page: run as it is printed, in a fresh project for
# each page, and compared with the output that the page promises.  A block without
# a prompt is a file: tasks.yml, orch.yml or plan.yml, which must then be accepted.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"

# extract PAGE DIR: N.cmd and N.want for each command, N.file for each file.
extract() {
	awk -v dir="$2" '
	function flush() {
		if (block != "" && !prompts) {
			n++
			printf "%s", block >(dir "/" n ".file")
		}
		block = ""
		prompts = 0
	}
	/^\.Sh / { inside = $2 == "EXAMPLES" }
	!inside { next }
	/^\.Bd / { open = 1; next }
	/^\.Ed/ { open = 0; more = 0; flush(); next }
	!open { next }
	{
		gsub(/\\\(dq/, "\"")
		gsub(/\\&/, "")
		gsub(/\\e/, "\\")
		block = block $0 "\n"
	}
	/^\$ / {
		prompts = 1
		n++
		sub(/^\$ /, "")
		print >(dir "/" n ".cmd")
		printf "" >(dir "/" n ".want")
		more = /\\$/
		next
	}
	more { print >(dir "/" n ".cmd"); more = /\\$/; next }
	prompts { print >(dir "/" n ".want") }
	' "$1"
}

# run_example PAGE DIR N
run_example() {
	status=0
	sh "$2/$3.cmd" >"$T/out" 2>"$T/err" || status=$?
	[ $status -eq 0 ] && cmp -s "$T/out" "$2/$3.want"
	result $? "$1: $(head -n 1 "$2/$3.cmd" | tr "\\\\" /)" && return
	note "ended with $status; wanted:"
	note "$(cat "$2/$3.want")"
	note "got:"
	note "$(cat "$T/out" "$T/err")"
}

# accept PAGE DIR N: a file that the page shows.
accept() {
	case $1 in
	orch.yml.5 | orch-sandbox.7 | orch-events.7) cp "$2/$3.file" orch.yml ;;
	orch-plan.*)
		cp "$2/$3.file" plan.yml
		ok "$1: the file is accepted" orch-plan validate plan.yml
		return
		;;
	*) cp "$2/$3.file" tasks.yml ;;
	esac
	ok "$1: the file is accepted" orch-list
}

for page in "$ROOT"/man/*.[157]; do
	name=${page##*/} i=0
	mkdir "$T/$name"
	extract "$page" "$T/$name"
	cd "$T/w" && project "$name.d" || exit 1
	case $name in orch-sync-gh.1 | orch-github.7) gh_start ;; esac
	while i=$((i + 1)) && [ -e "$T/$name/$i.cmd" ] || [ -e "$T/$name/$i.file" ]; do
		if [ -e "$T/$name/$i.cmd" ]; then
			run_example "$name" "$T/$name" "$i"
		else
			accept "$name" "$T/$name" "$i"
		fi
	done
	[ $i -gt 1 ]
	result $? "$name: has examples"
done
done_testing
