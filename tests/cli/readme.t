#!/bin/sh
# The README: its tour as it is printed, and its excerpt of `make demo`.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"

# block N: the Nth indented block that holds a prompt, without its indent.
block() {
	awk -v n="$1" '
	/^    / { text = text substr($0, 5) "\n"; prompt = prompt || /^    \$ /; next }
	/^$/ && text != "" { text = text "\n"; next }
	{ if (prompt && ++found == n) printf "%s", text; text = ""; prompt = 0 }
	' "$ROOT/README.md"
}

# follow N WORD: runs the commands of block N, which has that word, in a new repository
# with a file; what they print must be what stands there.
follow() {
	mkdir "$T/tour$1" && cd "$T/tour$1" || exit 1
	git init -q && git symbolic-ref HEAD refs/heads/master
	echo 'hello wrold' >greeting
	git add . && git commit -qm 'a greeting'
	block "$1" >"$T/block"
	ok "there is a tour with $2" grep -q "^\\$ $2" "$T/block"
	sed -n 's/^\$ //p' "$T/block" >"$T/commands"
	sed '/^\$ /d' "$T/block" | sed '/^$/d' >"$T/want"
	sh -e "$T/commands" >"$T/all" 2>"$T/err"
	result $? 'every command of it ends well' || note "$(cat "$T/err")"
	sed '/^$/d' "$T/all" >"$T/got"
	cmp -s "$T/want" "$T/got"
	result $? 'and prints what the README says' || note "$(diff "$T/want" "$T/got")"
}

follow 3 'orch-run next'
follow 4 orch-fsck

# The demonstration.
unset ORCH_TEST_NOW
cd "$T" && TMPDIR=$T "$ROOT/examples/demo/run.sh" >"$T/demo" 2>"$T/err"
result $? 'make demo ends as it should' || note "$(tail -n 20 "$T/demo" "$T/err")"
block 1 | sed '/^$/d; /^\.\.\.$/d' >"$T/want"
ok 'the README shows some of it' test "$(wc -l <"$T/want")" -gt 10
missing=$(while IFS= read -r line; do grep -qxF -- "$line" "$T/demo" || printf '%s\n' "$line"; done <"$T/want")
is "$missing" '' 'line by line'

# Every file that it names is there.
for file in $(grep -o '(man/[^)]*)' "$ROOT/README.md" | tr -d '()') \
	$(grep -o '[`]tests/[a-z_]*/[a-z_]*\.[ct]`' "$ROOT/README.md" | tr -d '\140'); do
	ok "$file is there" test -f "$ROOT/$file"
done
done_testing
