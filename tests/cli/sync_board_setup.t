#!/bin/sh
# orch-sync-gh board --setup writes the ids of a board into orch.yml, and changes nothing else there.
. "$(dirname "$0")/../lib/sh.sh"
. "$ROOT/tests/lib/github.sh"

git init -q .
orch-init --quiet >/dev/null 2>&1
gh_start
gh_seed '{"projects":[{"owner":"acme","number":2,"title":"Other","fields":[{"name":"Stage","options":["toDo","in progress","In Review","Shipped"]}]}]}' >/dev/null

# id FILTER: of the boards, as GitHub tells them.
id() { gh_api GET "/orgs/acme/projectsV2/1$1" | jq -r "$2"; }
board=$(id '' .node_id)
field=$(id /fields '.[] | select(.name == "Status").node_id')
option() { id /fields ".[] | select(.name == \"Status\").options[] | select(.name.raw == \"$1\").id"; }

cat >"$T/want" <<END
# yaml-language-server: \$schema=somewhere
workers: 2    # two

gh:           # the tracker
    repo: 'acme/app'   # ours
    board: "acme/1"    # the board
    board_id: $board
    board_field_id: $field
    board_options:
        todo: $(option Backlog)
        in_progress: $(option 'In progress')
        review: $(option Review)
        done: $(option Done)
    write_interval: 0s

# nothing below
END
grep -v 'board_\|^        ' "$T/want" >orch.yml
cp orch.yml "$T/old"
ok 'what would be written is told' orch-sync-gh -n board --setup
like "$(cat "$T/out")" "*gh.board_id: $board*gh.board_field_id: $field*gh.board_options.todo: $(option Backlog)*" 'with all ids'
ok 'and not written' cmp orch.yml "$T/old"
chmod 640 orch.yml
ok 'it is written' orch-sync-gh board --setup
ok 'and all else keeps its bytes' diff "$T/want" orch.yml
is "$(stat -c %a orch.yml) $(find . -maxdepth 1 -name "*orch-*" | wc -l)" '640 0' 'its mode stays, and nothing is left beside it'
cp orch.yml "$T/old"
ok 'once more' orch-sync-gh -v board --setup
like "$(cat "$T/err")" '*orch.yml says so already*' 'there is nothing to write'
ok 'and nothing is' cmp orch.yml "$T/old"

# Killed at each request and before each durable step: the file is the old one or the new one.
again() {
	grep -v 'board_\|^        ' "$T/want" >orch.yml
	cp orch.yml "$T/old"
	rm -rf .orch/state/gh
}
whole() {
	{ cmp -s orch.yml "$T/old" || cmp -s orch.yml "$T/want"; } || note "$1: $(cat orch.yml)" || return 1
	orch-sync-gh board --setup >/dev/null 2>&1
	cmp -s orch.yml "$T/want" && [ "$(find . -maxdepth 1 -name '*orch-*' | wc -l)" = 0 ]
}
for when in before after; do
	n=1 bad=
	while again && gh_crash $when $n orch-sync-gh board --setup; do
		whole "$when $n" || bad="$bad $n"
		n=$((n + 1))
	done
	is "$bad" '' "killed $when any of $((n - 1)) requests"
	[ $n -gt 3 ]
	result $? 'which are some'
done
again
ORCH_TEST_STEPS=$T/steps orch-sync-gh board --setup >/dev/null 2>&1
k=1 bad=
while [ $k -le "$(wc -l <"$T/steps")" ]; do
	again
	ORCH_TEST_CRASH_AT=$k orch-sync-gh board --setup >/dev/null 2>&1
	[ $? -eq 137 ] || bad="$bad $k: not killed"
	whole "step $k" || bad="$bad $k: $(sed -n "${k}p" "$T/steps")"
	k=$((k + 1))
done
is "$bad" '' "killed before any of $((k - 1)) durable steps"
[ $k -gt 8 ]
result $? 'which are some'

gh_clear
orch-add 'One' >/dev/null
ok 'a run' orch-sync-gh
is "$(gh_log 'select(.path | test("projectsV2")) | .method' | tr '\n' ' ')" 'POST PATCH ' 'need not find the board out again'

gh_person '{"owner":"acme","do":"board-options","options":["Todo","In progress","Done"]}' >/dev/null
exits 78 'where the options were made anew' orch-sync-gh board --setup
like "$(cat "$T/err")" '*gh.columns.review*' 'a column that is gone is told'
is "$(grep -A3 board_options: orch.yml | tail -n 3 | sed 's/^ *//')" "todo: $(option Todo)
in_progress: $(option 'In progress')
done: $(option Done)" 'the others are mended, and its id goes'

gh_person '{"owner":"acme","do":"board-options","options":["Backlog","In progress","Review","Done"]}' >/dev/null
sed -i 's/^\( *todo: \).*/\1nothing/' orch.yml
orch-add 'Two' >/dev/null
ok 'an id that is not there any more' orch-sync-gh
is "$(gh_dump '.projects[0].items | length')" 2 'gives way to the name'

printf 'gh: {repo: acme/app, board: acme/2, board_field: stage, columns: {done: [Shipped]}, write_interval: 0s}\n' >orch.yml
ok 'a flow map' orch-sync-gh board --setup
like "$(cat orch.yml)" 'gh: {repo: acme/app, board: acme/2, board_id: *, board_field: stage, board_field_id: *, board_options: {todo: *, in_progress: *, review: *, done: *}, columns: {done: [[]Shipped]}, write_interval: 0s}' 'stays one'
is "$(gh_dump '[.projects[] | .items | length] | @csv')" '2,2' 'and another board has its own cards'

printf 'gh:\n  repo: acme/app\n  board: acme/1\n  board_field: Nothing\n' >orch.yml
cp orch.yml "$T/old"
exits 78 'a field that is not there' orch-sync-gh board --setup
like "$(cat "$T/err")" "*no field 'Nothing'*it has: Status*" 'is told, with those that are'
printf 'x: &x\n' >/dev/null
printf 'gh:\n  repo: acme/app\n' >orch.yml
exits 78 'no board at all' orch-sync-gh board --setup
like "$(cat "$T/err")" '*gh.board: OWNER/NUMBER*' 'is told'

# The whole section is another key's: what would have to change is not meant.
mkdir -p "$HOME/.config/orch"
printf 'gh: {board: acme/1}\n' >"$HOME/.config/orch/orch.yml"
rm orch.yml
ok 'without an orch.yml of the project' orch-sync-gh board --setup
like "$(cat orch.yml)" "gh:
  board_id: $board
  board_field_id: $field
  board_options:
    todo: *" 'there is one then'
printf '# mine\ngh:\n' >orch.yml
ok 'a section without anything' orch-sync-gh board --setup
like "$(cat orch.yml)" "# mine
gh:
  board_id: $board*" 'is filled'
ln -s orch.yml there.yml
rm -f "$HOME/.config/orch/orch.yml"
printf '# no line end\ngh: {repo: acme/app, board: acme/1}' >real.yml
ln -sf real.yml orch.yml
ok 'behind a link' orch-sync-gh board --setup
like "$([ -L orch.yml ] && cat real.yml)" '# no line end*board_id: *' 'the file is written, and the link stays'

gh_option '{"rest_projects":false}'
rm orch.yml
printf 'gh: {repo: acme/app, board: acme/1}\n' >orch.yml
ok 'over GraphQL' orch-sync-gh board --setup
like "$(cat orch.yml)" "*board_id: $board, board_field_id: $field, *" 'they are the same'
printf 'gh: {repo: acme/app}\n' >orch.yml
ok 'of a board that its id names' env ORCH_PROJECT="$board" orch-sync-gh board --setup
like "$(cat orch.yml)" "*board_id: $board, board_field_id: $field, *" 'likewise'
is "$(gh_violations)" '' 'all of it was as GitHub wants it'
done_testing
