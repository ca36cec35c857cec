#!/bin/sh
# run.sh FUZZ-BUILD BUILD SECONDS EDITS: every fuzz target, then random edits, and
# what oracles other than ours say.  What a target finds is left in FUZZ-BUILD/found;
# mended, it belongs to tests/fuzz/corpus.
fuzz=$1 build=$2 seconds=$3 edits=$4 bad=0
found=$fuzz/found
mkdir -p "$found"
for target in tests/fuzz/*.c; do
	name=$(basename "$target" .c)
	mkdir -p "$fuzz/corpus/$name"
	if "$fuzz/fuzz/$name" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 \
		-artifact_prefix="$found/$name-" "$fuzz/corpus/$name" "tests/fuzz/corpus/$name" \
		>"$fuzz/$name.log" 2>&1; then
		printf '%-10s %s\n' "$name" "$(sed -n 's/^Done //p' "$fuzz/$name.log")"
	else
		printf '%-10s FAILED, see %s\n' "$name" "$fuzz/$name.log"
		bad=1
	fi
done
"$build/edits" "$edits" "$(date +%s)" || bad=1
tests/fuzz/readers.sh "$build" || bad=1
exit $bad
