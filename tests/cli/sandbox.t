#!/bin/sh
# What an attempt can write: held by mounts in any case, by Landlock and bubblewrap where
# that is asked for, in each kind of container.  The agent really tries to get out
# (tests/fake/breakout.c), and what it was to change is compared afterwards.
# shellcheck disable=SC2016 # some words are for another shell
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1
breakout=$ORCH_BIN/../fake/breakout

# has SANDBOX: can it be had here?  Where not, it is refused.
has() {
	id=$(orch-add -a sh --set sandbox="$1" --command true 'Is it there')
	orch-run "$id" >"$T/out" 2>"$T/err" && return
	is "$?/$(orch-list "$id" -o attempts,status)" "69/$(printf '\trouted')" "$1 is not to be had here: refused"
	note "$(cat "$T/err")"
	orch-cancel "$id" >/dev/null
	return 1
}
# outside: a folder to break into, and all that can be seen of it
outside() {
	rm -rf "$T/outside" && mkdir -p "$T/outside/folder"
	for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do echo "$i" >"$T/outside/$i"; done
}
look() { (cd "$T/outside" && find . -printf '%p %y %m %s %T@\n' | sort && cat [0-9]*); }

# breaks_out NAME SANDBOX WAYS: only these ways lead out
breaks_out() {
	outside && look >"$T/before"
	id=$(orch-add --set sandbox="$2" 'Breaks out')
	orch-run "$id" -- "$breakout" "$T/outside" >/dev/null 2>&1
	is "$(sed -n 's/ yes$//p' ".orch/runs/$id/1/stdout" | tr '\n' ' ')" "$3" "$1: ways that lead out" ||
		note "$(cat ".orch/runs/$id/1/stdout" ".orch/runs/$id/1/stderr")"
	is "$(wc -l <".orch/runs/$id/1/stdout")" 26 "$1: of those that were tried"
	[ -n "$3" ] || is "$(look | diff "$T/before" -)" '' "$1: and all there is as it was"
	orch-cancel "$id" >/dev/null
}

# What has to go on working, in a work tree.
cat >"$T/works" <<'END'
set -e
echo '#include <stdio.h>
int main(void) { return puts("built") < 0; }' >x.c
cc -o x x.c
./x >built
git add x.c built
git commit -qm 'By itself'
echo more >>built
git commit -qam 'And more'
git stash list >/dev/null
echo x >"$TMPDIR/x"
mkdir -p "$TMPDIR/a/b" && mv "$TMPDIR/x" "$TMPDIR/a/b"
echo x >"$ORCH_OUT/x"
echo x >/dev/null
cat /etc/passwd >/dev/null
(setsid sh -c 'echo x >in-a-session')
rm x && mkdir deep && mv built deep && ln -s deep link && ln deep/built hard && chmod 700 deep
echo fine
END
# works NAME SANDBOX
works() {
	id=$(orch-add -a sh --set sandbox="$2" --command "sh $T/works" --verify 'test -s deep/built && echo x >"$TMPDIR/y" && ! echo x >"$ORCH_PROJECT/y"' 'Works')
	ok "$1: what is allowed works" orch-run "$id"
	is "$(cat ".orch/runs/$id/1/stdout")/$(git log --format=%s "main..$(field "$id" branch)" | tr '\n' ,)" 'fine/Works,And more,By itself,' \
		"$1: a build, commits, temporary files" || note "$(cat ".orch/runs/$id/1/stderr")"
	is "$(jq -r .sandbox ".orch/runs/$id/1/attempt.json")/$(orch-show "$id" --json | jq -r '.attempt_list[0].sandbox')" "$2/$2" \
		"$1: it is recorded"
}

# Inside: the files of orch, by each of their names.
cat >"$T/inside" <<'END'
try() { if (eval "$2") 2>/dev/null; then echo "$1"; fi; }
try tasks 'echo x >>"$ORCH_TASKS"'
try tasks-moved 'mv "$ORCH_TASKS" "$ORCH_PROJECT/moved"'
try tasks-removed 'rm -f "$ORCH_TASKS"'
try tasks-mode 'chmod 600 "$ORCH_TASKS"'
try tasks-by-folder 'cd "$ORCH_PROJECT" && echo x >>tasks.yml'
try config 'echo x >>"$ORCH_PROJECT/orch.yml"'
try orch 'echo x >"$ORCH_PROJECT/.orch/new"'
try orch-moved 'mv "$ORCH_PROJECT/.orch" "$ORCH_PROJECT/orch"'
try lock 'echo x >"$ORCH_PROJECT/.orch/lock"'
try events 'echo x >>"$ORCH_PROJECT/.orch/events.jsonl"'
try prompt 'echo x >>"$ORCH_PROMPT"'
try stdin 'echo x >>/proc/self/fd/0'
try result 'echo x >"$ORCH_OUT/../result.json"'
try logs 'echo x >>"$ORCH_OUT/../stdout"'
try other-attempt 'mkdir "$ORCH_PROJECT/.orch/runs/99"'
try by-dots 'cd "$TMPDIR" && echo x >>../prompt.md'
try by-root 'echo x >>"/proc/self/root$ORCH_PROMPT"'
try by-cwd 'cd "$ORCH_OUT" && echo x >>/proc/self/cwd/../prompt.md'
try hook 'echo x >"$ORCH_PROJECT/.git/hooks/post-commit"'
try git-config 'git -C "$ORCH_PROJECT" config core.fsmonitor evil'
printf '{"status":"done","summary":"looked"}' >"$ORCH_RESULT"
END
# inside NAME WAYS [OPTION..]
inside() {
	inside_name=$1 inside_ways=$2
	shift 2
	id=$(orch-add "$@" 'Looks inside')
	orch-run "$id" -- sh "$T/inside" >/dev/null 2>"$T/err"
	is "$(tr '\n' ' ' <".orch/runs/$id/1/stdout")" "$inside_ways" "$inside_name: what can be written there" ||
		note "$(cat "$T/err" ".orch/runs/$id/1/stderr")"
	is "$(field "$id" summary)" looked "$inside_name: but for its answer"
	valid "$inside_name: the task file is whole"
}

project p
printf 'retry: {jitter: 0}\n' >orch.yml
git config user.name Tester
for kind in pidns userns weak; do
	export ORCH_TEST_CONTAIN=$kind
	if ! can_contain $kind; then
		note "$kind is not to be had here"
		continue
	fi
	# Without a sandbox nearly every way leads out, or the test would prove nothing.  A work
	# tree that is mounted by itself is another file system to renames and links, and what
	# may be asked of the first process is not ours to say.
	id=$(orch-add 'Is not held')
	outside
	orch-run "$id" -- "$breakout" "$T/outside" >/dev/null 2>&1
	crossing='rename-into-tree rename-over link link-there ' keeper=
	case $kind in weak) keeper='ptrace ' ;; *) crossing= ;; esac
	is "$(sed -n '/root-of-first/d; s/ yes$//p' ".orch/runs/$id/1/stdout" | tr '\n' ' ')" \
		"write create truncate open-truncated rename ${crossing}symlink symlink-there unlink rmdir mkdir mkfifo socket proc-root dots ${keeper}setsid remount namespaces mode times " \
		"$kind: without a sandbox the ways lead out"
	case $kind in
	weak)
		is "$(jq .sealed ".orch/runs/$id/1/result.json")" false "$kind: nothing is sealed"
		;;
	*)
		is "$(jq .sealed ".orch/runs/$id/1/result.json" ".orch/runs/$id/1/container.json" | tr '\n' ' ')" 'true true ' "$kind: that is recorded"
		inside "$kind: with a work tree" ''
		inside "$kind: without one" '' --set isolation=none
		;;
	esac
	for sandbox in landlock bwrap; do
		has $sandbox || continue
		# Landlock knows nothing of modes and times: mounts hold these, where there are some.
		ways='' modes=''
		[ "$kind/$sandbox" != weak/landlock ] || ways='mode times ' modes='tasks-mode '
		breaks_out "$kind, $sandbox" $sandbox "$ways"
		inside "$kind, $sandbox" "$modes" --set sandbox=$sandbox
		inside "$kind, $sandbox, no work tree" "$modes" --set sandbox=$sandbox --set isolation=none
		works "$kind, $sandbox" $sandbox
		id=$(orch-add -a sh --set sandbox=$sandbox --set isolation=none \
			--command 'echo began >"$ORCH_OUT/began"; exec 3<>/proc/sys/kernel/core_pattern; echo open >"$ORCH_OUT/open"' 'Kernel')
		orch-run "$id" >/dev/null 2>&1
		[ -e ".orch/runs/$id/1/out/began" ] && [ ! -e ".orch/runs/$id/1/out/open" ]
		result $? "$kind, $sandbox: what the kernel does for all cannot be set"
	done
done
unset ORCH_TEST_CONTAIN

# What cannot be had is refused before anything is spent.
# spends_nothing NAME STATUS REASON CMD ARG..
spends_nothing() {
	name=$1 want=$2 reason=$3
	shift 3
	exits 69 "$name" "$@"
	like "$(cat "$T/err")" "*task $id: $reason*" "$name: says why"
	is "$(orch-list "$id" -o status)/$(ls -d "$T"/ran 2>/dev/null)" "$want/" "$name: nothing ran"
	orch-cancel "$id" >/dev/null
}
add() { id=$(orch-add -a sh --command "touch $T/ran" --set sandbox="$1" 'Must not run'); }
add landlock
spends_nothing 'a kernel without Landlock' routed 'sandbox: landlock: this kernel has no Landlock' env ORCH_TEST_LANDLOCK=0 orch-run "$id"
if has landlock; then
	add landlock
	spends_nothing 'an old one' routed 'sandbox: landlock: this kernel has Landlock 2, 3 is needed' env ORCH_TEST_LANDLOCK=2 orch-run "$id"
fi
mkdir "$T/few" && ln -s "$(command -v sh)" "$T/few/sh"
add bwrap
spends_nothing 'no bubblewrap' routed "sandbox: bwrap: 'bwrap' is not on PATH" env PATH="$T/few" "$ORCH_BIN/orch-run" "$id"
printf '#!/bin/sh\necho "bwrap: No permissions to create new namespace" >&2\nexit 1\n' >"$T/few/bwrap" && chmod +x "$T/few/bwrap"
add bwrap
spends_nothing 'one that can do nothing' needs_review '*sandbox: bwrap cannot be had here: bwrap: No permissions to create new namespace' \
	env PATH="$T/few:/bin" "$ORCH_BIN/orch-run" "$id"
rm -r "$T/few"

# Who asks, and for which paths.
if has landlock; then
	printf 'retry: {jitter: 0}\nsandbox: landlock\n' >orch.yml
	asked() { jq -r .sandbox ".orch/runs/$id/1/attempt.json"; }
	id=$(orch-add -a sh --command true 'By the project')
	ok 'the project asks' orch-run "$id"
	is "$(asked)" landlock 'for all'
	id=$(orch-add -a sh --set sandbox=none --command true 'By the task')
	ok 'a task asks' orch-run "$id"
	is "$(asked)" none 'for itself'
	printf 'agents: {cmd: {sandbox: none}}\n' >>orch.yml
	id=$(orch-add 'By the agent')
	orch-run "$id" -- true >/dev/null 2>&1
	is "$(asked)" none 'for an agent it is asked too'

	mkdir "$T/cache" kept && echo x >kept/x && git add kept && git commit -qm Kept
	printf 'retry: {jitter: 0}\nsandbox: landlock\nsandbox_paths: [%s, kept, gone]\nagents: {sh: {sandbox_paths: [~/mine]}}\n' "$T/cache" >orch.yml
	mkdir "$HOME/mine"
	id=$(orch-add -a sh --command "echo x >$T/cache/x && echo x >\"\$ORCH_PROJECT/kept/x\" && echo x >~/mine/x && ! echo x >~/x" 'Listed paths')
	ok 'paths that are listed' orch-run "$id"
	is "$(cat "$T/cache/x" kept/x "$HOME/mine/x")" "$(printf 'x\nx\nx')" 'can be written' || note "$(cat ".orch/runs/$id/1/stderr")"
	git checkout -q kept
	for path in . .orch .orch/runs / tasks.yml "$PWD/tasks.yml" ..; do
		printf 'retry: {jitter: 0}\nsandbox: landlock\nsandbox_paths: [%s]\n' "$path" >orch.yml
		add landlock
		spends_nothing "the path $path" needs_review '*holds what no attempt may write' orch-run "$id"
	done

	# Hooks are held as well; so are checks, see above.
	printf 'retry: {jitter: 0}\nsandbox: landlock\nworktree: {hooks: {after_run: "! echo x >%s/hooked"}}\n' "$T" >orch.yml
	id=$(orch-add -a sh --command 'echo x >x' 'With a hook')
	ok 'a hook is held too' orch-run "$id"
	[ ! -e "$T/hooked" ]
	result $? 'it wrote nothing outside'
fi

# Always: what is linked into the work tree can be written, and so can a home in the project.
mkdir -p shared .home
printf 'retry: {jitter: 0}\nworktree: {link: [shared]}\n' >orch.yml
id=$(orch-add -a sh --command 'echo x >shared/x' 'Writes through a link')
ok 'a folder that is linked' orch-run "$id"
is "$(cat shared/x)" x 'is shared'
id=$(orch-add -a sh --command 'echo x >~/x; ! echo x >"$ORCH_PROJECT/.orch/x" && ! echo x >"$ORCH_TASKS"' 'Home in the project')
ok 'a home in the project' env HOME="$PWD/.home" XDG_STATE_HOME="$T/state" orch-run "$id"
is "$(cat .home/x)" x 'can be written'
done_testing
