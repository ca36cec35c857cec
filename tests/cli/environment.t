#!/bin/sh
# Odd surroundings: where the project is, closed and full outputs, full and read-only
# disks, masks, zones, no home, no working folder.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"

# Which project: flags before variables before the working folder.
project a && orch-add 'In a' >/dev/null && mkdir -p deep/er
cd "$T/w" && project b && orch-add 'In b' >/dev/null
printf 'tasks:\n- {id: 5, title: In c}\n' >c.yml
is "$(orch-list -o title)" 'In b' 'the working folder'
is "$(cd ../a/deep/er && orch-list -o title)" 'In a' 'a folder above it'
is "$(orch-list -C ../a/deep -o title)" 'In a' '-C'
is "$(ORCH_DIR=../a orch-list -o title)" 'In a' 'ORCH_DIR'
is "$(ORCH_DIR=../a orch-list -C . -o title)" 'In b' '-C before ORCH_DIR'
is "$(orch-list -f c.yml -o title)" 'In c' '-f'
is "$(ORCH_TASKS=c.yml orch-list -o title)" 'In c' 'ORCH_TASKS'
is "$(ORCH_TASKS=c.yml orch-list -f tasks.yml -o title)" 'In b' '-f before ORCH_TASKS'
is "$(cd / && orch-list -C "$T/w/b" -f c.yml -o title)" 'In c' '-f is found from -C'
ok 'a new file with -f' orch-add -f d.yml 'In d'
is "$(orch-list -f d.yml -o id,title)" "$(printf '1\tIn d')" 'has its own tasks'
ok 'then the other again' orch-add 'Also in b'
ok 'and the new one' orch-add -f d.yml 'Also in d'
is "$(orch-list -o title | tr '\n' ',')$(orch-list -f d.yml -o title | tr '\n' ',')" 'In b,Also in b,In d,Also in d,' \
	'neither is mixed with the other'
is "$(jq -s 'map(.seq) == [range(1; length + 1)]' .orch/events.jsonl)" true 'nor are their events'
refuses 2 'a folder that is not there' orch-list -C nowhere
refuses 2 'a file for a folder' orch-list -C c.yml
mkdir "$T/nothing" && cd "$T/nothing" && refuses 2 'no project at all' orch-list
like "$(cat "$T/err")" '*orch-init*' 'it says how to make one'
refuses 2 'none to change either' orch-add T

# A link to the task file is followed and stays one.
cd "$T/w" && project link && mv tasks.yml "$T/real.yml" && ln -s "$T/real.yml" tasks.yml
ok 'a task through a link' orch-add 'Linked'
is "$(readlink tasks.yml)/$(grep -c Linked "$T/real.yml")" "$T/real.yml/1" 'the link stays, the file changed'
rm "$T/real.yml" && cp .orch/backup/g000000000.yml "$T/other.yml" && ln -sf nothing tasks.yml
exits 65 'a link to nothing is refused' orch-add 'Dangling'
[ ! -e nothing ]
result $? 'and what it names is not made'
ln -sf tasks.yml tasks.yml
exits 65 'so is a link to itself' orch-list
rm tasks.yml && mkfifo tasks.yml
exits 65 'and a FIFO, at once' orch-list
rm tasks.yml && ln -s /dev/zero tasks.yml
exits 65 'and a device' orch-list

# A linked git work tree with its own tracked copy leads to the main one.
cd "$T/w" && project main && mkdir sub && printf 'tasks:\n- {id: 1, title: sub}\n' >sub/tasks.yml &&
	orch-add 'Main' >/dev/null && git add -f tasks.yml sub && git commit -qm 'Track them' &&
	git worktree add -q "$T/w/linked" 2>/dev/null
cd "$T/w/linked" || exit 1
ok 'a change from a linked work tree' orch-add 'From the linked one'
is "$(cd ../main && orch-list -o title | tail -n 1)" 'From the linked one' 'is made in the main one'
is "$(git status --porcelain | wc -l)" 0 'the tracked copy is as it was'
[ ! -e .orch ]
result $? 'and there is no .orch beside it'
ok 'from a folder of it that has a task file too' orch-add -C sub 'Deeper'
is "$(grep -c Deeper ../main/sub/tasks.yml)/$(grep -c Deeper sub/tasks.yml)" 1/0 \
	'that of the main one is changed'

# Outputs that cannot be written: said, and never silently lost.
cd "$T/w" && project out && orch-add 'One' >/dev/null
exits 71 'standard output is full' sh -c 'exec orch-list >/dev/full'
like "$(cat "$T/err")" '*standard output*' 'that is said'
exits 71 'for a change too' sh -c 'exec orch-add Two >/dev/full'
is "$(orch-list -o title | tail -n 1)" Two 'which was made all the same'
sh -c 'orch-add Three >&-' 2>"$T/err"
sh -c 'orch-add Four <&- 2>&-' >"$T/out"
sh -c 'orch-add Five <&- >&- 2>&-'
valid 'with descriptors closed the file is whole'
is "$(orch-list -o title | tr '\n' ' ')" 'One Two Three Four Five ' 'and every task is there'
is "$(head -n 1 tasks.yml | cut -c 1)" '#' 'no output went into the file'
perl -e 'pipe R, W; close R; open STDOUT, ">&W"; exec @ARGV' orch-list 2>"$T/err"
is "$(cat "$T/err")" '' 'a reader that is gone is nothing to tell'

# Masks, locale, zone, home.
for mask in 000 077 777; do
	cd "$T/w" && project "mask$mask" && rm tasks.yml
	(umask "$mask" && orch-add 'Masked' >/dev/null)
	is "$(stat -c '%a' tasks.yml .orch .orch/events.jsonl .orch/state/store.1 .orch/lock | tr '\n' ' ')" \
		'600 700 600 600 600 ' "umask $mask: what is made is private"
done
cd "$T/w" && project around && chmod 664 tasks.yml
umask 077
orch-add 'Shared' >/dev/null
umask 022
is "$(stat -c %a tasks.yml)" 664 'an existing file keeps its mode'
for env in LC_ALL=de_DE.UTF-8 LC_ALL=tr_TR.UTF-8 LC_ALL=C.UTF-8 TZ=Asia/Kathmandu TZ=:/nowhere \
	HOME= TERM= IFS=0123456789 COLUMNS=0 TMPDIR=/nowhere PATH=/nowhere; do
	ok "with $env" env "$env" "$(command -v orch-set)" 1 body="$env" timeout=1h30m
	is "$(orch-list 1 -o body,timeout,updated_at)" "$(printf '%s\t1h30m\t2026-01-02T03:04:05Z' "$env")" \
		'the same is done'
done
ok 'without HOME' env -u HOME orch-add 'Homeless'
ok 'without PATH' env -u PATH "$(command -v orch-list)"
ok 'with an empty environment' env -i "$(command -v orch-list)"
exits 78 'a test clock that is none' env ORCH_TEST_NOW=yesterday orch-list
ok 'with 100 kB in the environment' env "JUNK=$(head -c 100000 /dev/zero | tr '\0' x)" orch-list
ok 'with few descriptors' sh -c 'ulimit -n 16 && orch-add Few'
ok 'a deep folder' sh -c 'for i in 1 2 3 4 5 6 7 8 9; do
	d=$(printf "%0200d" "$i") && mkdir "$d" && cd "$d" || exit 1; done; orch-list'
odd="$T/w/a b'\"\$(x)%\\é"
cd "$T/w" && project "$odd"
ok 'a folder with an odd name' orch-add -a sh --command 'echo x >x' 'Odd'
ok 'runs in it' orch-run next
is "$(orch-list -o title)" Odd 'works'

# The working folder is gone.
cd "$T/w" && mkdir gone && cd gone && rmdir "$T/w/gone"
exits 2 'a working folder that is gone' orch-list
is "$(wc -l <"$T/err")" 1 'is said in one line'
ok 'with -C it does not matter' orch-list -C "$T/w/around"
cd "$T/w/around" || exit 1

# What .orch must not be.
chmod 777 .orch
refuses 71 'a .orch that others may write' orch-add 'T'
chmod 700 .orch
mv .orch "$T/orch" && ln -s "$T/orch" .orch
exits 71 'a .orch that is a link' orch-add 'T'
rm .orch && mv "$T/orch" .orch
rm .orch/lock && ln -s ../tasks.yml .orch/lock
refuses 65 'a lock that is a link' orch-add 'T'
rm .orch/lock && mkdir .orch/lock
refuses 65 'a lock that is a folder' orch-add 'T'
rmdir .orch/lock
ok 'without any lock file it is made' orch-add 'T'
printf '{"pid":1,"start":1,"boot":"x"}\n' >.orch/lock
ok 'what stands in it decides nothing' orch-add 'T'
head -c 100000 /dev/urandom >.orch/lock
ok 'whatever it is' orch-add 'T'

# A file size limit and a full disk: the old file, an error with a reason.
cp tasks.yml "$T/before.yml"
exits 71 'a file size limit' sh -c 'ulimit -f 1 && exec orch-add --json -' <<END
{"title":"big","body":"$(head -c 20000 /dev/zero | tr '\0' x)"}
END
like "$(cat "$T/err")" 'orch-add: *' 'is said'
cmp -s tasks.yml "$T/before.yml"
result $? 'and the file is as it was'
valid 'nothing lies about'

mkdir "$T/disk"
cat >"$T/full" <<'END'
set -e
mount -t tmpfs -o size=256k none "$1"
cd "$1"
printf 'tasks: []\n' >tasks.yml
orch-add 'Small' >/dev/null
cksum <tasks.yml >"$2/sum"
head -c 1000000 /dev/zero >filler 2>/dev/null || true
status=0
orch-add 'Large' --body "$(head -c 8000 /dev/zero | tr '\0' x)" >"$2/out" 2>"$2/err" || status=$?
echo "$status" >"$2/status"
cksum <tasks.yml >"$2/sum_after"
find . -name '*.orch-*' >"$2/left"
wc -l <.orch/events.jsonl >"$2/events"
rm filler
orch-add 'After' >"$2/after"
END
if unshare -rm --propagation unchanged true 2>/dev/null; then
	unshare -rm --propagation unchanged sh "$T/full" "$T/disk" "$T" 2>"$T/full.err"
	is "$(cat "$T/status" "$T/full.err")" 71 'a full disk'
	like "$(cat "$T/err")" '*No space left*' 'is named'
	is "$(cat "$T/sum_after")" "$(cat "$T/sum")" 'the old file is there byte by byte'
	is "$(cat "$T/left" "$T/out")" '' 'nothing lies about, nothing is printed'
	is "$(cat "$T/events")" 1 'nothing is told that did not happen'
	is "$(cat "$T/after")" 2 'with room again the next one goes through'
	cat >"$T/ro" <<'END'
mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && cd "$1" || exit 99
orch-list -o title
exec orch-add T
END
	exits 71 'a read-only file system' unshare -rm --propagation unchanged sh "$T/ro" "$T/w/a"
	is "$(cat "$T/out")" 'In a' 'can be read'
	like "$(cat "$T/err")" '*Read-only*' 'the reason is told'
else
	echo "Bail out! no private mount namespace to be had"
fi
done_testing
