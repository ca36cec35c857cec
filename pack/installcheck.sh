#!/bin/sh
# installcheck.sh - tries what is installed below $DESTDIR$PREFIX
#
#	installcheck.sh VERSION COMMAND..
#
# In an empty folder, with a new HOME and nothing else of the suite on PATH: each command
# tells its version and usage, its page, the shipped defaults, completions and units are there,
# and a task is added, run, checked and done.
set -eu
root=${DESTDIR-}${PREFIX:?installcheck.sh: no PREFIX}
version=${1:?usage: installcheck.sh VERSION COMMAND..}
shift
root=$(cd "$root" && pwd -P) || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$tmp/home" "$tmp/tmp" "$tmp/p" "$tmp/units"
cd "$tmp/p"

fail() {
	echo "installcheck: $1" >&2
	cat "$tmp/out" "$tmp/err" | head -n 20 | sed 's/^/\t/' >&2
	exit 1
}
# try WHAT CMD ARG..: in the environment of somebody who has just installed it
try() {
	what=$1
	shift
	env -i PATH="$root/bin:/usr/local/bin:/usr/bin:/bin" HOME="$tmp/home" TMPDIR="$tmp/tmp" LC_ALL=C \
		GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=check GIT_AUTHOR_EMAIL=check@localhost \
		GIT_COMMITTER_NAME=check GIT_COMMITTER_EMAIL=check@localhost \
		"$@" </dev/null >"$tmp/out" 2>"$tmp/err" || fail "$what: $* ended with $?"
}
# prints TEXT: what the last one printed
prints() { [ "$(cat "$tmp/out")" = "$1" ] || fail "$what: it printed '$(cat "$tmp/out")', not '$1'"; }

for name in "$@"; do
	try 'on PATH' sh -c 'command -v "$0"' "$name"
	prints "$root/bin/$name"
	try 'its version' "$name" --version
	prints "$name $version"
	try 'its usage' "$name" -h
	page=$(echo "$root/share/man/man1/$name.1"*)
	[ -f "$page" ] || fail "$name: there is no $page"
	if command -v man >/dev/null; then
		try 'its page' man -M "$root/share/man" -w 1 "$name"
		prints "$page"
	fi
done

try 'a repository' git init -q .
try 'a repository' git commit -q --allow-empty -m 'first'
try 'init' orch init -q
schema=$(sed -n '1s/.*schema=//p' tasks.yml)
if [ "$schema" != "$root/share/orch/schema/tasks.json" ] || [ ! -f "$schema" ]; then
	fail "share: tasks.yml names '$schema', not tasks.json in $root"
fi
# shellcheck disable=SC2016 # it is for the task's shell
try 'add' orch add --command 'echo made >made; orch-list -o id >seen' --verify 'test "$(cat made seen)" = "made
1"' 'A task'
prints 1
try 'route' orch-route
prints 1
try 'run' orch run next
prints 1
try 'what became of it' orch-list -o id,status,attempts
prints "$(printf '1\tdone\t1')"
try 'the project is sound' orch-fsck
for file in "$root"/share/bash-completion/completions/orch* "$root"/share/zsh/*/_orch "$root"/share/fish/*/orch*.fish; do
	[ -s "$file" ] || fail "completions: there is no $file"
done
if command -v systemd-analyze >/dev/null; then
	for unit in "$root"/lib/systemd/user/orch*; do
		sed "s,^\(Exec[A-Za-z]*=[-@:+!]*\)$PREFIX/bin/,\1$tmp/bin/," "$unit" >"$tmp/units/$(basename "$unit" | sed 's/@/@check/')"
	done
	ln -s "$root/bin" "$tmp/bin"
	for unit in "$tmp"/units/*; do
		try 'a unit' env XDG_RUNTIME_DIR="$tmp" systemd-analyze verify --user --man=no "$unit"
		[ ! -s "$tmp/err" ] || fail "a unit: ${unit##*/}"
	done
fi
echo "tried in $root: $# commands, a task is done"
