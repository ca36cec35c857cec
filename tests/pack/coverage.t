#!/bin/sh
# pack/coverage.sh on a small tree: what ran is counted, what did not is named.  The whole is
# for `make coverage`.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
mkdir -p lib/base lib/work cmd build/lib/base build/lib/work build/cmd
cat >lib/base/twice.c <<'END'
int twice(int x);
int
twice(int x)
{
	if (x > 1000)
		return -1;
	return 2 * x;
}
END
cat >lib/work/never.c <<'END'
int never(void);
int
never(void)
{
	return 1;
}
END
cat >cmd/main.c <<'END'
#include <signal.h>
#include <unistd.h>
int twice(int x);
int
main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		kill(getpid(), SIGKILL);
	return twice(21) != 42;
}
END
for file in lib/base/twice lib/work/never cmd/main; do
	cc -O0 --coverage -c $file.c -o build/$file.o || exit 1
done
cc --coverage build/*/*.o build/*/*/*.o -o main || exit 1
exits 0 'nothing has run yet' "$ROOT/pack/coverage.sh" build report
like "$(tr -s ' ' <"$T/out")" '*total 0 10 0.0%' 'and that is what it says'
ok 'a run' ./main
ok 'the table' "$ROOT/pack/coverage.sh" build report
cp "$T/out" table
is "$(tr -s ' ' <table)" 'file run lines share
cmd/main.c 3 4 75.0%
lib/base/twice.c 3 4 75.0%
lib/work/never.c 0 2 0.0%

cmd/ 3 4 75.0%
lib/base/ 3 4 75.0%
lib/work/ 0 2 0.0%
total 6 10 60.0%' 'for each file and folder'
is "$(cat report/*.missed)" 'cmd/main.c:9
lib/base/twice.c:6
lib/work/never.c:3
lib/work/never.c:5' 'the lines that were missed'
ok 'it is kept' cmp table report/table.txt
sh -c './main killed; :' 2>/dev/null
ok 'a process that is killed' "$ROOT/pack/coverage.sh" build report
is "$(cat report/cmd-main.c.missed)" 'cmd/main.c:9' 'leaves no counts'
exits 1 'a build without counts' "$ROOT/pack/coverage.sh" "$ROOT/tests" report2
like "$(cat "$T/err")" '*V=coverage*' 'is told what is missing'
done_testing
