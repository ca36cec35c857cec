#!/bin/sh
# orch-fsck: former generations, listed and checked.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
export ORCH_TEST_NOSYNC=1

exits 2 'no project' orch-fsck --list-backups
project
ok 'a new project' orch-fsck --list-backups
is "$(cat "$T/out")" '' 'has no generations'
ok 'and nothing is wrong with them' orch-fsck --verify
exits 2 'two at once' orch-fsck --verify --locks
exits 2 'mending is another thing' orch-fsck --verify --fix
for i in 1 2 3; do orch-add "Task $i" >/dev/null; done
ok 'after three commits' orch-fsck --list-backups
is "$(awk -F '\t' '{ print NF, $4 }' "$T/out" | head -n 2)" "$(printf '%s\n' '4 2 tasks' '4 1 tasks')" \
	'they are listed, the newest first'
gen=$(sed -n '2s/	.*//p' "$T/out")
is "$(orch-fsck --list-backups --json | jq -c '[.schema, .gen, .tasks, .valid]' | sed -n 2p)" "[1,$gen,1,true]" 'as JSON'
ok 'all is well' orch-fsck --verify
is "$(cat "$T/out")" '' 'and nothing is said'

name=$(printf 'g%09d.yml' "$gen")
cp ".orch/backup/$name" "$T/kept"
echo 'tasks: [' >".orch/backup/$name"
exits 1 'one that is no YAML' orch-fsck --verify
like "$(cat "$T/out")" "backup	*$name	*" 'is named'
is "$(wc -l <"$T/out")" 1 'and no other'
is "$(orch-fsck --verify --json | jq -r .check)" backup 'as JSON'
like "$(orch-fsck --list-backups | sed -n 2p)" "$gen	*not valid: *" 'in the list too'
exits 1 'the check of all' orch-fsck
is "$(cut -f 1 "$T/out")" backup 'finds it as well'
mv "$T/kept" ".orch/backup/$name"
cp tasks.yml "$T/tasks.yml"
: >tasks.yml
exits 1 'a task file that is empty' orch-fsck --verify
like "$(cat "$T/out")" 'backup	tasks.yml	*' 'is named'
cp "$T/tasks.yml" tasks.yml
ok 'and is well again' orch-fsck
printf 'isolation: [\n' >orch.yml
exits 78 'a configuration that is not valid' orch-fsck --verify
exits 1 'is a finding of the check' orch-fsck
done_testing
