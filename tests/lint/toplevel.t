#!/bin/sh
# What may lie at the top, and what must.
. "$(dirname "$0")/lint.sh"

# top DIR
top() {
	for name in Makefile cmd lib share tests completions man examples pack systemd README.md; do
		[ -e "$1/$name" ] || echo "$name is missing"
	done
	for path in "$1"/*; do
		case ${path##*/} in
		Makefile | cmd | lib | share | tests | completions | man | examples | pack | systemd) ;;
		README.md | LICENSE | NEWS | build) ;;
		*) echo "${path##*/} does not belong there" ;;
		esac
	done
}

# below DIR: folders of lib and files of cmd that DESIGN does not have.
below() {
	for path in "$1"/lib/* "$1"/cmd/*; do
		case ${path#"$1"/} in
		lib/base | lib/sys | lib/doc | lib/task | lib/net | lib/work) ;;
		cmd/main.c | cmd/cmd*.[ch] | cmd/orch.c | cmd/orch-*.c) ;;
		*) echo "${path#"$1"/} does not belong there" ;;
		esac
	done
}

nothing 'the top level is as it should be' top "$ROOT"
nothing 'and so are lib and cmd' below "$ROOT"
put "$T/bad/notes.txt"
put "$T/bad/lib/util/a.c"
put "$T/bad/cmd/tool.sh"
finds '^notes.txt does not belong' 'a file that does not belong there' top "$T/bad"
finds '^Makefile is missing' 'a file that is missing' top "$T/bad"
finds '^lib/util does not' 'a layer that does not belong there' below "$T/bad"
finds '^cmd/tool.sh does not' 'a file in cmd that does not belong there' below "$T/bad"
done_testing
