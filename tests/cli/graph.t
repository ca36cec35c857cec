#!/bin/sh
# orch-graph: DOT that Graphviz reads, whatever the titles are and however the links lie.
# shellcheck disable=SC2016 # some words are for another shell
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1
command -v dot >/dev/null
result $? 'dot is there (Debian package graphviz)' || done_testing

# drawn NAME NODES EDGES CLUSTERS: Graphviz reads $T/out and finds as many
drawn() {
	dot -Tjson "$T/out" >"$T/json" 2>"$T/err"
	is "$?$(cat "$T/err")" 0 "$1: Graphviz reads it"
	is "$(jq -r '[([.objects[]? | select(.name | startswith("t"))] | length), (.edges // [] | length), ([.objects[]? | select(.name | startswith("cluster"))] | length)] | join(" ")' "$T/json")" \
		"$2 $3 $4" "$1: nodes, edges, clusters"
}

project
ok 'help' orch-graph -h
snapshot
ok 'no tasks' orch-graph
drawn 'no tasks' 0 0 0
unchanged 'nothing is changed'
cat >tasks.yml <<'END'
tasks:
  - {id: 1, title: top, children: [2, 3], status: blocked, agent: sh}
  - {id: 2, title: child, parent_id: 1, children: [4], status: blocked, agent: sh}
  - {id: 3, title: other, parent_id: 1, depends_on: [2], status: routed, agent: sh}
  - {id: 4, title: grandchild, parent_id: 2, status: done}
  - {id: 5, title: alone, status: failed, last_error: x}
  - {id: 6, title: waits, depends_on: [1, 5], status: skipped, reason: task 5 is failed}
  - {id: 7, title: new}
  - {id: 8, title: asks, status: needs_review}
  - {id: 9, title: gone, status: cancelled}
  - {id: 10, title: looks, status: in_review}
END
ok 'a family' orch-graph
drawn 'a family' 10 3 2
cat >"$T/want" <<'END'
digraph orch {
	rankdir=LR;
	graph [fontname="sans-serif", style="rounded"];
	node [fontname="sans-serif", shape="box"];
	subgraph cluster_1 {
		label="1 top";
		t1 [label="1 top", tooltip="blocked", fillcolor="#c9c6ea", style="filled"];
		subgraph cluster_2 {
			label="2 child";
			t2 [label="2 child", tooltip="blocked", fillcolor="#c9c6ea", style="filled"];
			t4 [label="4 grandchild", tooltip="done", fillcolor="#b6e3b0", style="filled"];
		}
		t3 [label="3 other", tooltip="routed", fillcolor="#dce9f7", style="filled"];
	}
	t5 [label="5 alone", tooltip="failed", fillcolor="#f4a6a0", style="filled"];
	t6 [label="6 waits", tooltip="skipped", fillcolor="#e4e4e4", style="filled,dashed"];
END
is "$(head -n 16 "$T/out")" "$(cat "$T/want")" 'to the letter'
is "$(grep -o 'fillcolor="[^"]*"' "$T/out" | sort -u | wc -l)" 8 'a colour for each status, one for those that ended otherwise'
is "$(grep -e '->' "$T/out" | tr -d '\t\n')" 't2 -> t3;t1 -> t6;t5 -> t6;' 'edges lead to who waits'
ok 'a part' orch-graph 2,4,5,6
drawn 'a part' 4 1 1
exits 2 'no such task' orch-graph 99
exits 2 'no such option' orch-graph --png
ok 'nothing that is selected' orch-graph +none
drawn 'nothing that is selected' 0 0 0

# Titles that look like something: each is text, and comes back as it was.
project ../hostile
cat >titles.json <<'END'
{"title":"quote \" and backslash \\"}
{"title":"\\\""}
{"title":"ends with \\"}
{"title":"<b>bold</b> <table>"}
{"title":"entities &lt; &amp; &#65; &nbsp; &"}
{"title":"\\N \\G \\n \\l \\r \\E \\T"}
{"title":"]; t9 -> t1; } digraph x {"}
{"title":"// comment /* and */ # this"}
{"title":"\u001b[2J bell \u0007 del \u007f"}
{"title":"right \u202e to left, zero\u200bwidth"}
{"title":"ünïcödé 漢字 🙂"}
{"title":"tab\there"}
{"title":"${x} $(x) `x` %s %n"}
END
orch-add --json titles.json >/dev/null
ok 'hostile titles' orch-graph
is "$(LC_ALL=C grep -c "$(printf '[\033\007\177]')" "$T/out")" 0 'no control character is left'
drawn 'hostile titles' 13 0 0
ok 'drawn' orch-graph --svg
is "$(grep -c '<g id="node' "$T/out")" 13 'a picture with a node for each'
# What a reader of the picture sees is the title, with what is not visible made so.
perl -ne 'if (m{<text[^>]*>(\d+)(?:&#160;| )(.*)</text>}) { $_ = $2; s/&#160;/ /g; s/&#45;/-/g; s/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&#39;/\x27/g; s/&amp;/&/g; print "$_\n" }' "$T/out" >"$T/seen"
cat >"$T/titles" <<'END'
quote " and backslash \
\"
ends with \
<b>bold</b> <table>
entities &lt; &amp; &#65; &nbsp; &
\N \G \n \l \r \E \T
]; t9 -> t1; } digraph x {
// comment /* and */ # this
\x1b[2J bell \x07 del \x7f
right \u{202e} to left, zero\u{200b}width
ünïcödé 漢字 🙂
tab\x09here
${x} $(x) `x` %s %n
END
is "$(cat "$T/seen")" "$(cat "$T/titles")" 'with its title as it is'
orch-add "$(printf 'ü%.0s' $(seq 100))" >/dev/null
is "$(orch-graph 14 | sed -n 's/.*label="14 \(\(ü\)*\)\.\.".*/\1/p')" "$(printf 'ü%.0s' $(seq 60))" 'a long one is cut between two characters'

# Links as a hand edit may leave them.
project ../odd
cat >tasks.yml <<'END'
tasks:
  - {id: 1, title: ring, parent_id: 2}
  - {id: 2, title: ring, parent_id: 3}
  - {id: 3, title: ring, parent_id: 1}
  - {id: 4, title: below a ring, parent_id: 2}
  - {id: 5, title: own, parent_id: 5, depends_on: [5, 6]}
  - {id: 6, title: other, depends_on: [5]}
END
ok 'rings' orch-graph
drawn 'rings' 6 3 2
{
	echo 'tasks:'
	echo '  - {id: 1, title: T}'
	seq 2 2000 | awk '{ printf "  - {id: %d, title: T, parent_id: %d, depends_on: [%d]}\n", $1, $1 - 1, $1 - 1 }'
} >tasks.yml
ok 'a line of 2,000 parents' orch-graph
is "$(grep -c subgraph "$T/out")/$(grep -cx '	*}' "$T/out")" 32/33 'is nested so deep and no deeper'
dot -Tcanon "$T/out" >"$T/canon" 2>"$T/err"
is "$?$(cat "$T/err")" 0 'and Graphviz reads it'
{
	echo 'tasks:'
	echo '  - {id: 1, title: T}'
	seq 2 20000 | awk '{ printf "  - {id: %d, title: T, depends_on: [%d]}\n", $1, $1 - 1 }'
} >tasks.yml
ok 'a chain of 20,000' orch-graph
is "$(grep -c ' -> ' "$T/out")" 19999 'is there'
if [ "${LONG-}" ]; then # half a minute
	dot -Tcanon "$T/out" >"$T/canon" 2>"$T/err"
	is "$?$(cat "$T/err")" 0 'and Graphviz reads it'
fi

# Without Graphviz, or with one that fails.
project ../without
orch-add T >/dev/null
PATH=$ORCH_BIN exits 69 'no dot on PATH' orch-graph --svg
is "$(orch-graph --svg 2>&1 >/dev/null)" '' 'with one there is no word'
like "$(PATH=$ORCH_BIN orch-graph --svg 2>&1)" "orch-graph: no program 'dot' on PATH: install Graphviz*" 'says what is missing'
mkdir "$T/bin"
printf '#!/bin/sh\ncat >/dev/null\nexit 3\n' >"$T/bin/dot"
chmod +x "$T/bin/dot"
PATH=$T/bin:$PATH exits 69 'one that fails' orch-graph --svg
like "$(cat "$T/err")" '*/bin/dot ended with 3' 'is told of'
orch-graph --svg >/dev/full 2>"$T/err"
is $? 71 'a full disk is no success'
done_testing
