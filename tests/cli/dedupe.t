#!/bin/sh
# What is there is not made again, whoever made it and wherever it is: a person, a
# delegation, a schedule, the archive; and however many ask for it at once.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

project
cat >tasks.yml <<'END_OF_TASKS'
next_id: 20
tasks:
  - {id: 1, title: Live one, body: as it is, key: k-live}
  - {id: 2, title: Parent, status: blocked, children: [3]}
  - {id: 3, title: Delegated one, parent_id: 2, key: k-part, created_by: orch-delegate}
  - {id: 4, title: Nightly one, job: nightly, scheduled_for: 2026-01-01T03:00:00Z, key: k-job, status: done, updated_at: 2026-01-01T03:10:00Z}
  - {id: 5, title: Archived one, key: k-old, status: done, updated_at: 2024-01-01T00:00:00Z}
  - {id: 6, title: Withdrawn one, status: cancelled}
  - {id: 7, title: Archived part, status: done, updated_at: 2024-01-01T00:00:00Z, parent_id: 8}
  - {id: 8, title: Archived parent, status: done, updated_at: 2024-01-01T00:00:00Z, children: [7]}
END_OF_TASKS
orch-gc -q archive >/dev/null
is "$(orch-list -o id | tr '\n' ' ')" '1 2 3 4 6 ' 'tasks of all kinds, live and archived'

snapshot
while IFS='|' read -r id title body key; do
	is "$(orch-add --dedupe ${body:+-b "$body"} "$title")" "$id" "by title and body: $title"
	[ -z "$key" ] || is "$(orch-add --dedupe --key "$key" 'Something else')" "$id" "by its key: $key"
	[ -z "$key" ] || exits 2 "without --dedupe the key is taken: $key" orch-add --key "$key" 'Something else'
done <<'END_OF_TABLE'
1|LIVE  one|As it  is|k-live
3|delegated one||k-part
4|nightly ONE||k-job
5|archived one||k-old
7|archived part||
END_OF_TABLE
unchanged 'what was made is not made again'
is "$(orch-add --dedupe 'Withdrawn one')" 20 'but for what was withdrawn'
is "$(orch-add --dedupe 'Live one')" 21 'and what has another body'
printf '{"title":"Live one","body":"as it is"}\n{"title":"new"}\n{"title":"NEW"}\n{"title":"x","key":"k-old"}\n' >"$T/list"
is "$(orch-add --dedupe --json "$T/list" | tr '\n' ' ')" '1 22 22 5 ' 'in a list, and within it'

# one FIELD WORD: all that were printed are one id, and the file has one such task
one() {
	is "$(sort -u "$T"/[0-9]*.out | wc -l)/$(cat "$T"/[0-9]*.out | wc -l)/$(orch-list "$1" -o id | wc -l)" 1/32/1 "$2"
}
is "$(orch-add --dedupe 'ÉTÉ Fast')/$(orch-add --dedupe 'ÉTÉ FAST')/$(orch-add --dedupe 'été fast')" "$(orch-list 'title=ÉTÉ Fast' -o id)/$(orch-list 'title=ÉTÉ Fast' -o id)/$(orch-list 'title=été fast' -o id)" \
	'case of A to Z is folded, in every locale, and no other'
ok '32 processes with one key' together 32 orch-add --dedupe --key race 'Attempt {}'
one key=race 'are one task'
ok '32 processes with one title' together 32 orch-add --dedupe 'Race for it'
one 'title=Race for it' 'are one task, too'
exits 2 '32 processes with one key and no --dedupe' together 32 orch-add --key alone 'Attempt {}'
is "$(cat "$T"/[0-9]*.out | wc -l)/$(orch-list key=alone -o id | wc -l)/$(cat "$T"/[0-9]*.err | grep -c "key 'alone' belongs to task")" \
	1/1/31 'one has it, and the others are told who'
parent=$(orch-add 'Many hands')
ok '32 processes that delegate the same' together 32 orch-delegate "$parent" --add 'left' --add 'right'
is "$(sort -u "$T"/[0-9]*.out | wc -l)/$(cat "$T"/[0-9]*.out | wc -l)/$(orch-list parent_id="$parent" -o id | wc -l)" 2/64/2 'are two children'
is "$(grep -c "\"task\":$parent,.*\"event\":\"delegate\"" .orch/events.jsonl)" 1 'and one delegation'
valid 'all is whole'
done_testing
