#!/bin/sh
# coverage.sh - which lines the tests have come through: a table, and a list for each file
#
#	coverage.sh BUILD OUTDIR
#
# BUILD is that of V=coverage, with what the tests have counted; OUTDIR gets table.txt and
# FILE.missed, the lines of each file that nothing came through.  A process that ends by a
# signal or _exit() leaves no counts: what only such processes run (a keeper that is killed, a
# child before its exec) is shown as missed though tests rely on it.
set -eu
[ $# -eq 2 ] || { echo 'usage: coverage.sh BUILD OUTDIR' >&2; exit 2; }
build=$(cd "$1" && pwd)
rm -rf "$2"
mkdir -p "$2"
out=$(cd "$2" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# A file without counts was never run: gcov takes its notes for that.
find "$build/lib" "$build/cmd" -name '*.gcno' | sort >"$tmp/notes"
[ -s "$tmp/notes" ] || { echo "coverage.sh: no notes in $1: build it with V=coverage" >&2; exit 1; }
cd "$tmp"
while read -r note; do
	# gcov takes names from where the compiler stood, which is the top.
	gcov --json-format --stdout "${note%.gcno}.o" 2>/dev/null |
		jq -r '.files[] | .file as $file |
			select($file | test("^(lib|cmd)/.*[.]c$")) |
			.lines[] | [$file, .line_number, .count] | @tsv'
done <notes >lines
[ -s lines ] || { echo 'coverage.sh: gcov told of no line' >&2; exit 1; }
# One line may stand in several functions (inlined): it was run if one of them was.
awk -F '\t' '
{ key = $1 FS $2; if (!(key in count) || $3 > count[key]) count[key] = $3 }
END { for (key in count) print key FS count[key] }' lines | sort -t '	' -k 1,1 -k 2,2n >each
awk -F '\t' -v out="$out" '
$3 == 0 { name = $1; gsub("/", "-", name); print $1 ":" $2 >(out "/" name ".missed") }
{
	folder = $1; sub("/[^/]*$", "", folder)
	all[$1]++; run[$1] += $3 > 0; of[folder]++; ran[folder] += $3 > 0; n++; did += $3 > 0
}
function row(name, a, b) { printf "%-34s %6d %6d %6.1f%%\n", name, a, b, 100 * a / b }
END {
	for (f in all) row(f, run[f], all[f])
	for (f in of) row(f "/", ran[f], of[f])
	row("total", did, n)
}' each | sort >"$out/rows"
{
	printf '%-34s %6s %6s %7s\n' file run lines share
	grep -v -e '/ ' -e '^total' "$out/rows"
	echo
	grep '/ ' "$out/rows"
	grep '^total' "$out/rows"
} >"$out/table.txt"
rm "$out/rows"
cat "$out/table.txt"
