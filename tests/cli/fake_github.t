#!/bin/sh
# The GitHub of the tests behaves as GitHub does: each trap of its documents, shown.
. "$(dirname "$0")/../lib/sh.sh"
. "$ROOT/tests/lib/github.sh"

R=/repos/acme/app

# code METHOD PATH [CURL-ARG..]: the status alone.
code() { gh_api "$@" >/dev/null && cat "$T/gh/status"; }
# post PATH JSON, patch PATH JSON: the answer.
post() { gh_api POST "$1" -d "$2"; }
patch() { gh_api PATCH "$1" -d "$2"; }
# head_of NAME: a header of the last answer.
head_of() { tr -d '\r' <"$T/gh/head" | sed -n "s/^$1: //Ip" | tail -n 1; }
# body FILTER: of the last answer.
body() { jq -r "$1" "$T/gh/body"; }
# rules: those that were broken since the last gh_clear.
rules() { gh_violations | sed 's/:.*//' | sort -u | paste -sd ' ' -; }
# plain CURL-ARG..: a request of no particular form: its status.
plain() { curl -sS -o "$T/gh/body" -w '%{http_code}' "$@"; }
# version VERSION: the status of a request for this version of the API.
version() { plain -A x -H "Authorization: Bearer $GH_TOKEN" -H "X-GitHub-Api-Version: $1" "$gh_url$R"; }
# rc METHOD PATH [CURL-ARG..]: the exit status of curl for a request that is not answered.
rc() { gh_api "$@" >/dev/null 2>&1; echo $?; }

gh_start

# --- every request
is "$(plain -A '' "$gh_url$R")" 403 'without User-Agent: 403'
like "$(cat "$T/gh/body")" '<html>*administrative rules*' 'and a page'
is "$(version 1999-01-01)" 400 'an unknown version: 400'
is "$(version 2018-01-01)" 410 'a retired one: 410'
is "$(version 2026-03-10)" 200 'the next one is served'
is "$(plain -A x -H 'Authorization: Bearer nonsense' "$gh_url$R")" 401 'a bad token: 401'
is "$(plain -A x "$gh_url$R")" 404 'no token: a private repository is not there'
is "$(plain -A x -H 'Authorization: token t-bob' "$gh_url$R")" 200 '"token" is as good as "Bearer"'
is "$(GH_TOKEN=t-mallory code GET $R)" 404 'nor for a token that may not see it'
is "$(code GET $R/)" 404 'a slash at the end: 404'
is "$(code GET "$R/nothing")" 404 'what is no endpoint: 404'
is "$(code POST $R/issues -d '{"title":')" 400 'broken JSON: 400'
is "$(body .message)" 'Problems parsing JSON' 'in these words'
is "$(code POST $R/issues -d '{"title":true}')" 422 'a wrong type: 422'
like "$(body .message)" 'Invalid request*' 'Invalid request'
is "$(code POST $R/issues -d '{"body":"x"}')" 422 'a member that is missing: 422'
is "$(code PATCH $R/issues/1 -d '{"state":"gone"}')" 404 'an issue that is not there: 404'
like "$(rules)" 'body header path' 'all that is noted'
gh_clear
is "$(code GET "$R/labels/bug?access_token=t-ana")" 200 'a token in the URL'
plain -A x -X POST -d '{"name":"x"}' -H 'Authorization: Bearer t-bob' "$gh_url$R/labels" >"$T/n"
is "$(rules)" 'header query token' 'is noted, and so are headers that are missing'
is "$(plain -A x -X POST -H 'Content-Length:' -H 'Authorization: Bearer t-bob' "$gh_url$R/issues")" 411 \
	'POST wants a length'
gh_clear

# --- issues
post $R/issues '{"title":"One","body":"text","labels":["BUG","new"],"assignees":["ana"],"type":"Bug"}' >"$T/one"
is "$(jq -r '[.number,.state,.type.name,.assignees[0].login,(.labels|map(.name)|join(","))]|join(" ")' "$T/one")" \
	'1 open Bug ana bug,new' 'an issue is made, labels too; known ones keep their case'
is "$(jq -r '.id > 2147483648' "$T/one")" true 'ids do not fit 32 bits'
is "$(jq -r .author_association "$T/one")" COLLABORATOR 'the author stands for something'
GH_TOKEN=t-bob post $R/issues '{"title":"Two","labels":["bug"],"assignees":["ana"],"type":"Bug"}' >"$T/two"
is "$(jq -c '[.labels,.assignees,.type]' "$T/two")" '[[],[],null]' 'without push all of that is dropped silently'
is "$(code POST $R/issues -d '{"title":"x","assignees":["nobody"]}')" 422 'a bad assignee: 422'
is "$(body '.errors[0].field + " " + .errors[0].code')" 'assignees invalid' 'with its code'
is "$(code POST $R/issues -d '{"title":"  "}')" 422 'a blank title: 422'
is "$(body '.message + ": " + .errors[0].code')" 'Validation Failed: missing_field' 'Validation Failed'
long=$(printf '%0256d' 0 | sed 's/0/ö/g')
is "$(code POST $R/issues -d "{\"title\":\"$long\"}")" 201 'a title of 256 code points'
is "$(code POST $R/issues -d "{\"title\":\"${long}x\"}")" 422 'and not of 257'
is "$(body '.errors[0].message')" 'title is too long (maximum is 256 characters)' 'too long'
printf '{"title":"x","body":"%065537d"}' 0 >"$T/long"
is "$(code POST $R/issues -d "@$T/long")" 422 'a body is at most 65536 long'
is "$(rules)" limit 'that nobody looked is noted'
is "$(code POST $R/issues -d '{"title":"x","labels":["'"$long"'"]}')" 422 'a label that is too long: 422'
is "$(gh_dump '.repos[0].issues | length')" 3 'and no issue is left of it'
is "$(GH_TOKEN=t-bob code PATCH $R/issues/1 -d '{"title":"x"}')" 403 "somebody else's issue: 403"
is "$(GH_TOKEN=t-bob patch $R/issues/2 '{"title":"Zwei","labels":["bug"]}' | jq -c '[.title,.labels]')" \
	'["Zwei",[]]' "one's own: but no labels"
gh_clear

# --- state and its reason
gh_clock 60
is "$(patch $R/issues/1 '{"state_reason":"not_planned"}' | jq -r '[.state,.state_reason]|@json')" \
	'["open",null]' 'a reason without a change of the state is ignored'
is "$(gh_issue 1 .updated_at)" 1767323045 'what changes nothing leaves the time'
is "$(patch $R/issues/1 '{"state":"closed"}' | jq -r '[.state_reason,.closed_by.login,.closed_at]|join(" ")')" \
	'completed orch-bot 2026-01-02T03:05:05Z' 'closed: completed, by whom and when'
is "$(patch $R/issues/1 '{"state":"closed","state_reason":"not_planned"}' | jq -r .state_reason)" completed \
	'closed is closed: the reason stays'
is "$(patch $R/issues/1 '{"state":"open"}' | jq -r '[.state_reason,.closed_at]|@json')" '["reopened",null]' reopened
is "$(patch $R/issues/1 '{"state":"closed","state_reason":"duplicate"}' | jq -r .state_reason)" duplicate duplicate
is "$(rules)" '' 'nothing to note'
is "$(code PATCH $R/issues/1 -d '{"state":"shut"}')" 422 'no such state: 422'
is "$(code PATCH $R/issues/1 -d '{"state":"open","colour":"red"}')" 200 'an unknown member is passed over'
is "$(gh_violations)" 'body: state has the wrong type or value
body: unknown member colour' 'and both are noted'
gh_clear

# --- the list
gh_person '{"as":"bob","do":"create","title":"Three","labels":["a","b"]}' >/dev/null
gh_seed '{"issues":[{"repo":"acme/app","title":"A pull request","pull":true,"user":"bob"}]}' >/dev/null
gh_person '{"as":"bob","issue":2,"do":"close"}' >/dev/null
numbers() { gh_api GET "$R/issues?$1" | jq -r 'map(.number)|join(" ")'; }
is "$(numbers '')" '5 4 3 1' 'the default is open ones, the newest first'
is "$(numbers 'state=all&direction=asc')" '1 2 3 4 5' 'all'
is "$(gh_api GET "$R/issues" | jq -c '[.[]|has("pull_request")]')" '[true,false,false,false]' 'pull requests are in it'
is "$(numbers 'labels=a,b')" 4 'labels mean all of them'
is "$(numbers 'labels=a,new')" '' 'so that one with a comma cannot be asked for'
is "$(numbers 'state=all&since=2026-01-02T03:05:05Z&sort=updated&direction=asc')" '1 2 4 5' 'since: then or later'
gh_option '{"since_after":true}'
is "$(numbers 'state=all&since=2026-01-02T03:05:05Z')" '' 'or later than, as one document says'
gh_option '{"since_after":false}'
is "$(code GET "$R/issues?state=any")" 422 'a word that is none: 422'
is "$(rules)" query 'noted'
gh_clear

# --- pages
gh_api GET "$R/issues?state=all&per_page=2&labels=" >/dev/null
id=$(gh_dump '.repos[0].id')
like "$(head_of link)" "<$gh_url/repositories/$id/issues?state=all&per_page=2&labels=&page=2>; rel=\"next\", *rel=\"last\"" \
	'the next page is told by the id of the repository'
next=$(head_of link | sed 's/^<[^>]*\(\/repositories[^>]*\)>; rel="next".*/\1/')
is "$(gh_api GET "$next" | jq 'length')" 2 'and is there'
gh_seed '{"repos":[{"owner":"acme","name":"large"}],"issues":[{"repo":"acme/large","title":"Many","count":1000}]}' >/dev/null
gh_person '{"repo":"acme/large","do":"role","login":"orch-bot","role":"write"}' >/dev/null
is "$(code GET '/repos/acme/large/issues?per_page=10&page=100')" 422 'page 100 is refused'
like "$(body .message)" 'Pagination with the page parameter is not supported*' 'in these words'
gh_option '{"cursors":true}'
gh_api GET '/repos/acme/large/issues?per_page=100' >/dev/null
next=$(head_of link) n=100
while case $next in *'rel="next"'*) ;; *) false ;; esac && [ "$n" -lt 2000 ]; do
	next=$(echo "$next" | sed 's/^<[^>]*\(\/repositories[^>]*\)>; rel="next".*/\1/')
	n=$((n + $(gh_api GET "$next" | jq length)))
	next=$(head_of link)
done
is "$n" 1000 'the links with their cursors lead to the end'
gh_api GET '/repos/acme/large/issues?per_page=100&state=all&sort=updated&direction=asc' >/dev/null
next=$(head_of link | sed 's/^<[^>]*\(\/repositories[^>]*\)>; rel="next".*/\1/')
gh_clock 1
gh_person '{"repo":"acme/large","issue":100,"do":"edit","title":"Moved to the end"}' >/dev/null
is "$(gh_api GET "$next" | jq '.[0].number')" 101 'what moves in between does not hide others from a cursor'
gh_option '{"cursors":false}'
is "$(gh_api GET '/repos/acme/large/issues?per_page=100&page=2&state=all&sort=updated&direction=asc' |
	jq '.[0].number')" 102 'as it does from a page by number'
gh_clear

# --- conditional requests
gh_api GET "$R/issues" >/dev/null
etag=$(head_of etag) used=$(head_of x-ratelimit-used)
like "$etag" 'W/"*"' 'an ETag is weak'
is "$(code GET "$R/issues" -H "If-None-Match: $etag")" 304 'nothing has changed: 304'
is "$(head_of x-ratelimit-used) $(cat "$T/gh/body")" "$used " 'not billed, no body'
is "$(GH_TOKEN=t-ana code GET "$R/issues" -H "If-None-Match: $etag")" 200 'the ETag of another token: 200'
gh_person '{"as":"ana","issue":1,"do":"comment","body":"x"}' >/dev/null
is "$(code GET "$R/issues?state=closed" -H "If-None-Match: $etag")" 200 'another page: 200'
is "$(gh_billed)" 3 'three of four were billed'
gh_clear

# --- a repository that was renamed
gh_person '{"do":"rename","repo":"acme/app","to":"acme/apple"}' >/dev/null
is "$(code GET $R/issues?state=all) $(head_of location)" "301 $gh_url/repositories/$id/issues?state=all" 'GET: 301'
is "$(code POST $R/issues -d '{"title":"x"}') $(head_of location)" "307 $gh_url/repositories/$id/issues" 'POST: 307'
is "$(code GET "/repositories/$id") $(code POST "/repositories/$id/labels" -d '{"name":"by-id"}')" '200 201' \
	'by its id it is there'
gh_seed '{"repos":[{"owner":"acme","name":"app","collaborators":{"orch-bot":"write"}}]}' >/dev/null
is "$(gh_api GET $R | jq ".id == $id")" false 'another repository can take the name'
gh_person '{"do":"delete-repo","repo":"acme/app"}' >/dev/null
gh_person '{"do":"rename","repo":"acme/apple","to":"acme/app"}' >/dev/null

# --- gone, moved, locked, disabled
gh_person '{"issue":4,"do":"delete"}' >/dev/null
is "$(code GET $R/issues/4)" 410 'deleted: 410'
gh_person '{"issue":3,"do":"transfer","to":"acme/large"}' >/dev/null
like "$(code GET $R/issues/3) $(head_of location)" "301 $gh_url/repositories/*/issues/1001" 'transferred: 301'
is "$(code PATCH $R/issues/3 -d '{"title":"x"}')" 307 'and 307'
is "$(numbers state=all)" '5 2 1' 'neither is in the list'
gh_person '{"issue":2,"do":"lock"}' >/dev/null
is "$(GH_TOKEN=t-bob code POST $R/issues/2/comments -d '{"body":"x"}')" 403 'locked: 403'
is "$(code POST $R/issues/2/comments -d '{"body":"x"}')" 201 'but for push access'
is "$(code PUT $R/issues/1/lock -H 'Content-Length: 0')" 204 'PUT without a body needs its length'
gh_person '{"do":"disable-issues"}' >/dev/null
is "$(code POST $R/issues -d '{"title":"x"}') $(code GET $R/issues/1)" '410 410' 'issues are disabled: 410'
gh_person '{"do":"enable-issues"}' >/dev/null
gh_clear

# --- labels
is "$(code POST $R/labels -d '{"name":"status:new","color":"00ff00"}')" 201 'a label is made'
is "$(code POST $R/labels -d '{"name":"STATUS:new"}')" 422 'once'
is "$(body '.errors[0].code')" already_exists 'already_exists'
is "$(code POST $R/labels -d '{"name":"x","color":"#00ff00"}')" 422 'a colour has no #'
is "$(post $R/issues/1/labels '{"labels":["status:new","a/b"]}' | jq -r 'map(.name)|join(" ")')" \
	'bug new status:new a/b' 'labels are added'
is "$(gh_api DELETE $R/issues/1/labels/a%2Fb | jq -r 'map(.name)|join(" ")')" 'bug new status:new' 'and taken away'
is "$(code DELETE $R/issues/1/labels/a%2Fb)" 404 'but not twice'
is "$(code DELETE $R/issues/1/labels/a/b)" 404 'a name is encoded'
is "$(gh_api PUT $R/issues/1/labels -d '{"labels":["one"]}' | jq -r 'map(.name)|join(" ")')" one 'PUT replaces them'
is "$(GH_TOKEN=t-bob code POST $R/issues/1/labels -d '{"labels":["one"]}')" 403 'not without triage'
gh_clear

# --- comments
gh_clock 60
c=$(post $R/issues/1/comments '{"body":"first"}' | jq .id)
is "$(gh_api GET $R/issues/1 | jq -r .updated_at)" 2026-01-02T03:06:06Z 'a comment changes the time of its issue'
is "$(patch "$R/issues/comments/$c" '{"body":"second"}' | jq -r .body)" second 'it is edited'
is "$(gh_api GET "$R/issues/comments?since=2026-01-02T03:06:06Z" | jq -r 'map(.body)|join(" ")')" second 'since'
gh_api GET "$R/issues/comments?direction=desc" >"$T/desc"
is "$(jq -c 'map(.id)|.==sort' "$T/desc")" true 'without sort the direction is ignored'
gh_api GET "$R/issues/comments?sort=created&direction=desc" >"$T/desc"
is "$(jq -c 'map(.id)|.==(sort|reverse)' "$T/desc")" true 'with it, it is not'
is "$(code DELETE "$R/issues/comments/$c") $(code GET "$R/issues/comments/$c")" '204 404' 'deleted'
gh_seed '{"issues":[{"repo":"acme/app","title":"Talk","comment_count":2500}]}' >/dev/null
is "$(code POST $R/issues/6/comments -d '{"body":"x"}')" 403 'the 2,501st comment: 403'
is "$(rules)" '' 'nothing to note'
post $R/issues/1/comments '{"body":"x <!-- orch:c=1.1.r -->"}' >/dev/null
post $R/issues/1/comments '{"body":"y <!-- orch:c=1.1.r -->"}' >/dev/null
post $R/issues '{"title":"x","body":"<!-- orch:task=1 -->"}' >/dev/null
post $R/issues '{"title":"x","body":"<!-- orch:task=1 -->"}' >/dev/null
is "$(gh_violations)" 'duplicate: <!-- orch:c=1.1.r --> is there already
duplicate: <!-- orch:task=1 --> is there already' 'a marker that is made twice is noted'
gh_clear

# --- parents and blockers
gh_seed '{"issues":[{"repo":"acme/large","title":"Child","count":3}],
	"repos":[{"owner":"ana","name":"own","private":false}]}' >/dev/null
gh_seed '{"issues":[{"repo":"ana/own","title":"Strange"}]}' >/dev/null
L=/repos/acme/large
id_of() { gh_api GET "$L/issues/$1" | jq .id; }
a=$(id_of 1002) b=$(id_of 1003) strange=$(gh_api GET /repos/ana/own/issues/1 | jq .id)
is "$(code POST $L/issues/1/sub_issues -d '{"sub_issue_id":1002}')" 404 'a number is no id'
is "$(rules)" body 'noted'
is "$(code POST $L/issues/1/sub_issues -d "{\"sub_issue_id\":$a}")" 201 'a child'
is "$(gh_api GET $L/issues/1002 | jq -r .parent_issue_url)" "$gh_url/repos/acme/large/issues/1" 'knows its parent'
is "$(gh_api GET $L/issues/1 | jq -c .sub_issues_summary)" '{"total":1,"completed":0,"percent_completed":0}' 'counted'
is "$(code POST $L/issues/1/sub_issues -d "{\"sub_issue_id\":$a}")" 422 'not twice'
is "$(code POST $L/issues/2/sub_issues -d "{\"sub_issue_id\":$a}")" 422 'one parent'
is "$(code POST $L/issues/2/sub_issues -d "{\"sub_issue_id\":$a,\"replace_parent\":true}")" 201 'unless it is replaced'
is "$(gh_api GET $L/issues/1002/parent | jq .number)" 2 'by the other'
is "$(code POST $L/issues/1/sub_issues -d "{\"sub_issue_id\":$strange}")" 422 'of the same owner'
is "$(code POST $L/issues/1002/sub_issues -d "{\"sub_issue_id\":$(id_of 2)}")" 422 'no circle'
for n in 11 12 13 14 15 16 17; do
	gh_person "{\"repo\":\"acme/large\",\"issue\":$n,\"do\":\"parent\",\"to\":$((n - 1))}" >/dev/null
done
is "$(code POST $L/issues/17/sub_issues -d "{\"sub_issue_id\":$b}")" 422 'eight levels'
gh_seed '{"issues":[{"repo":"acme/large","title":"One of a hundred","count":100,"parent":3,"state":"closed"}]}' >/dev/null
is "$(code POST $L/issues/3/sub_issues -d "{\"sub_issue_id\":$b}")" 422 'a hundred children, closed ones too'
is "$(code DELETE $L/issues/2/sub_issue -d "{\"sub_issue_id\":$a}") $(code GET $L/issues/1002/parent)" '200 404' \
	'DELETE has a body'
is "$(code POST $L/issues/1/dependencies/blocked_by -d "{\"issue_id\":$a}")" 201 'a blocker'
is "$(code POST $L/issues/1/dependencies/blocked_by -d "{\"issue_id\":$a}")" 422 'not twice'
is "$(gh_api GET $L/issues/1 | jq -c '.issue_dependencies_summary.total_blocked_by')" 1 'an issue has the count only'
is "$(gh_api GET $L/issues/1/dependencies/blocked_by | jq -c 'map(.number)')" '[1002]' 'the list has its own call'
is "$(code DELETE "$L/issues/1/dependencies/blocked_by/$a")" 200 'taken away'
is "$(code DELETE "$L/issues/1/dependencies/blocked_by/$a")" 404 'not twice'
gh_clear

# --- types, reactions, people
is "$(gh_api GET /orgs/acme/issue-types | jq -r 'map(.name)|join(" ")')" 'Bug Task' 'types of an organization'
is "$(code GET /repos/ana/own/issue-types)" 404 'a person has none'
is "$(code POST $R/issues -d '{"title":"x","type":"Nonsense"}')" 422 'an unknown type: 422'
is "$(code POST $R/issues/1/reactions -d '{"content":"eyes"}')" 201 'a reaction'
is "$(code POST $R/issues/1/reactions -d '{"content":"eyes"}')" 200 'a second time: 200'
is "$(code POST $R/issues/1/reactions -d '{"content":"yawn"}')" 422 'an unknown one: 422'
is "$(gh_api GET $R/collaborators/bob/permission | jq -r '.permission + " " + .role_name')" 'read read' 'may read'
is "$(gh_api GET $R/collaborators/ana/permission | jq -r .permission)" admin 'may all'
is "$(GH_TOKEN=t-bob code GET $R/collaborators/ana/permission)" 403 'which not everybody may know'
is "$(gh_api GET /user | jq -r .login)" orch-bot 'who asks'
gh_seed '{"tokens":[{"token":"t-ro","login":"ana","permission":"read"}],"issues":[{"repo":"acme/app",
	"title":"Odd","user":"bob","association":"STRANGER","extra":{"state_reason":"odd"},"omit":["labels"]}]}' >/dev/null
is "$(GH_TOKEN=t-ro code POST $R/issues -d '{"title":"x"}') $(head_of x-accepted-github-permissions)" \
	'403 issues=write' 'a token that may not: 403, and what it needs'
is "$(gh_api GET "$R/issues?creator=bob" | jq -c 'map(select(.title=="Odd"))[0]|[.author_association,.state_reason,.labels]')" \
	'["STRANGER","odd",null]' 'an issue can have what nobody knows, and lack what it should have'
gh_clear

# --- limits
gh_seed '{"tokens":[{"token":"t-poor","login":"ana","limit":2}]}' >/dev/null
GH_TOKEN=t-poor
is "$(code GET $R) $(code GET $R)" '200 200' 'two requests are left'
is "$(head_of x-ratelimit-remaining) $(head_of x-ratelimit-resource)" '0 core' 'as the headers say'
is "$(code GET $R)" 403 'the third: 403'
like "$(body .message)" 'API rate limit exceeded*' 'and why'
is "$(rules)" '' 'which nobody could know'
is "$(code GET $R)" 403 'the fourth'
is "$(rules)" penalty 'should not have been sent'
gh_clock 3600
is "$(code GET $R)" 200 'in an hour there are new ones'
is "$(code GET /rate_limit) $(body .resources.core.remaining)" '200 1' 'rate_limit is free'
is "$(head_of date)" 'Fri, 02 Jan 2026 04:06:06 GMT' 'the date is that of the clock'
GH_TOKEN=t-orch-bot
gh_clear
gh_fault '{"kind":"retry-after","seconds":30,"status":429}'
is "$(code GET $R) $(head_of retry-after)" '429 30' 'retry-after'
gh_clock 29
is "$(code GET $R) $(rules)" '403 penalty' 'a second too early'
gh_clock 2
is "$(code GET $R)" 200 'in time'
gh_clear
gh_fault '[{"kind":"retry-after","seconds":1,"date":true},{"kind":"secondary"},{"kind":"primary","seconds":10}]'
is "$(code GET $R) $(head_of retry-after)" '403 Fri, 02 Jan 2026 04:06:38 GMT' 'as a date'
gh_clock 1
is "$(code GET $R) $(head_of retry-after)" '403 ' 'a secondary limit is told by its text'
like "$(body .message)" '*secondary rate limit*' 'this one'
gh_clock 60
is "$(code GET $R) $(head_of x-ratelimit-remaining)" '403 0' 'the primary one by a header'
gh_clock 10
is "$(code GET $R) $(rules)" '200 ' 'until its reset'
gh_option '{"create_limit":1,"pace":true}'
is "$(code POST $R/issues -d '{"title":"x"}') $(code POST $R/issues -d '{"title":"x"}')" '201 403' 'so many an hour'
is "$(rules)" pace 'two writes in one second are noted if that is asked for'
gh_option '{"create_limit":1,"create_window":60,"pace":false}'
gh_clock 60
is "$(code POST $R/labels -d '{"name":"later"}')" 201 'in the next window again'
gh_option '{"create_limit":0}'
gh_clear

# --- boards over REST
P=/orgs/acme/projectsV2/1
is "$(gh_api GET $P | jq -r .title)" Board 'a board'
is "$(code GET /users/acme/projectsV2/1)" 404 'of an organization, not of a user'
gh_api GET $P/fields >"$T/fields"
is "$(jq -r '.[]|select(.name=="Status")|.options|map(.name.raw)|join(",")' "$T/fields")" \
	'Backlog,In progress,Review,Done' 'with its columns'
field=$(jq '.[]|select(.name=="Status")|.id' "$T/fields")
option=$(jq -r '.[]|select(.name=="Status")|.options[1].id' "$T/fields")
one=$(gh_issue 1 .id)
item=$(post $P/items "{\"type\":\"Issue\",\"id\":$one}" | jq .id)
is "$(cat "$T/gh/status")" 201 'an issue is put on it'
is "$(post $P/items '{"type":"Issue","owner":"acme","repo":"app","number":1}' | jq .id)" "$item" 'once, by either name'
is "$(patch "$P/items/$item" "{\"fields\":[{\"id\":$field,\"value\":\"$option\"}]}" |
	jq -r '.fields[]|select(.name=="Status")|.value.name.raw')" 'In progress' 'and moved'
before=$(gh_issue 1 .updated_at)
is "$(gh_api GET $R/issues/1 | jq -r '.updated_at|fromdate')" "$before" 'which its issue does not tell'
gh_person '{"do":"board-options","options":["Backlog","In progress"]}' >/dev/null
is "$(code PATCH "$P/items/$item" -d "{\"fields\":[{\"id\":$field,\"value\":\"$option\"}]}")" 422 \
	'columns that were edited have new ids'
gh_person '{"do":"archive","issue":1}' >/dev/null
is "$(code PATCH "$P/items/$item" -d "{\"fields\":[{\"id\":$field,\"value\":null}]}")" 422 'an archived item stays as it is'
gh_person '{"do":"unarchive","issue":1}' >/dev/null
gh_seed '{"tokens":[{"token":"t-scoped","login":"ana","scopes":["repo"]},{"token":"t-app","login":"ana"}]}' >/dev/null
is "$(GH_TOKEN=t-scoped code GET $P)" 403 'not without the scope'
is "$(rules)" '' 'nothing to note'
gh_option '{"rest_projects":false}'
is "$(code GET $P)" 404 'a server can be without'
gh_clear

# --- boards over GraphQL
ql() {
	jq -cn --arg q "$1" --argjson v "${2-null}" '{query:$q,variables:$v}' >"$T/query"
	gh_api POST /graphql -d "@$T/query"
}
ql 'query($o:String!,$n:Int!){organization(login:$o){projectV2(number:$n){id title fields(first:50){nodes{
	__typename ... on ProjectV2SingleSelectField{id name options{id name}}}}}}}' '{"o":"acme","n":1}' >"$T/found"
is "$(jq -r '.data.organization.projectV2.title' "$T/found")" Board 'the board'
is "$(jq -c '[.data.organization.projectV2.fields.nodes[].__typename]' "$T/found")" \
	'["ProjectV2Field","ProjectV2SingleSelectField"]' 'its fields, of which one has options'
project=$(jq -r .data.organization.projectV2.id "$T/found")
fid=$(jq -r '.data.organization.projectV2.fields.nodes[1].id' "$T/found")
oid=$(jq -r '.data.organization.projectV2.fields.nodes[1].options[0].id' "$T/found")
node=$(gh_api GET $R/issues/1 | jq -r .node_id)
add='mutation($p:ID!,$c:ID!){addProjectV2ItemById(input:{projectId:$p,contentId:$c}){item{id databaseId}}}'
ql "$add" "{\"p\":\"$project\",\"c\":\"$node\"}" >"$T/item"
is "$(jq .data.addProjectV2ItemById.item.databaseId "$T/item")" "$item" 'adding gives the item that is there'
iid=$(jq -r .data.addProjectV2ItemById.item.id "$T/item")
move='mutation($p:ID!,$i:ID!,$f:ID!,$o:String!){updateProjectV2ItemFieldValue(input:{projectId:$p,itemId:$i,
	fieldId:$f,value:{singleSelectOptionId:$o}}){projectV2Item{id}}}'
is "$(ql "$move" "{\"p\":\"$project\",\"i\":\"$iid\",\"f\":\"$fid\",\"o\":\"$oid\"}" |
	jq -r .data.updateProjectV2ItemFieldValue.projectV2Item.id)" "$iid" 'it is moved'
is "$(ql '{repository(owner:"acme",name:"app"){issue(number:1){projectItems(first:10){totalCount nodes{
	project{number} status:fieldValueByName(name:"Status"){... on ProjectV2ItemFieldSingleSelectValue{name}}}}}}}' |
	jq -c '.data.repository.issue.projectItems')" \
	'{"totalCount":1,"nodes":[{"project":{"number":1},"status":{"name":"Backlog"}}]}' 'as its issue knows'
is "$(rules)" '' 'nothing to note'
is "$(ql "$move" "{\"p\":\"$project\",\"i\":\"$iid\",\"f\":\"$fid\",\"o\":\"$option\"}" | jq -r '.errors[0].message')" \
	'The single select option Id does not belong to the field' 'an old option is refused'
is "$(ql "$add" "{\"p\":\"PVT_kwDOff\",\"c\":\"$node\"}" | jq -r '.errors[0].type')" NOT_FOUND 'NOT_FOUND'
is "$(cat "$T/gh/status")" 200 'with 200'
is "$(GH_TOKEN=t-scoped ql '{viewer{projectV2(number:1){id}}}' | jq -r '.errors[0].type')" INSUFFICIENT_SCOPES \
	'INSUFFICIENT_SCOPES'
is "$(GH_TOKEN=t-app ql '{viewer{projectV2(number:1){id}}}' | jq -r '.errors[0].type')" FORBIDDEN 'FORBIDDEN'
gh_seed '{"tokens":[{"token":"t-used","login":"ana","scopes":["project"],"graphql_used":5000}]}' >/dev/null
is "$(GH_TOKEN=t-used ql '{viewer{login}}' | jq -r '.errors[0].type')" RATE_LIMITED 'RATE_LIMITED'
is "$(GH_TOKEN=nonsense ql '{viewer{login}}' >/dev/null; cat "$T/gh/status")" 401 'a bad token is 401 here too'
is "$(rules)" '' 'nothing to note'
is "$(ql '{organization(login:"acme"){projectV2(number:1){fields{nodes{__typename}}}}}' | jq -r '.errors[0].message')" \
	'You must provide a `first` or `last` value to properly paginate the `fields` connection.' 'bounds are asked for'
is "$(ql '{viewer{salary}}' | jq -r '.errors[0].message')" "Field 'salary' doesn't exist on type 'User'" 'an unknown field'
is "$(ql '{viewer{login' | jq 'has("data")')" false 'half a query'
is "$(ql '{node(id:"x"){... on Planet{id}}}' | jq 'has("errors")')" true 'an unknown type'
is "$(rules)" graphql 'all of that is noted'
gh_clear

gh_option '{"workflows":true}'
gh_person '{"do":"board-options","options":["Todo","Done"]}' >/dev/null
gh_person '{"do":"move","issue":1,"option":"Todo"}' >/dev/null
patch $R/issues/1 '{"state":"open"}' >/dev/null
patch $R/issues/1 '{"state":"closed"}' >/dev/null
column() { ql "{node(id:\"$iid\"){... on ProjectV2Item{fieldValueByName(name:\"Status\"){
	... on ProjectV2ItemFieldSingleSelectValue{name}}}}}" | jq -r .data.node.fieldValueByName.name; }
is "$(column)" Done 'the workflows of a board move what is closed'
gh_person '{"as":"ana","do":"reopen","issue":1}' >/dev/null
gh_person '{"do":"move","issue":1,"option":"Todo"}' >/dev/null
is "$(column) $(gh_issue 1 .state)" 'Todo open' 'but not back'
gh_person '{"do":"move","issue":1,"option":"Done"}' >/dev/null
is "$(gh_issue 1 '.state + " " + .closed_by')" 'closed github-project-automation[bot]' 'and close what is moved'
gh_option '{"workflows":false}'

# --- an Enterprise Server
gh_option '{"sub_issues":false,"dependencies":false,"issue_types":false,"rate_headers":false}'
is "$(code GET "/api/v3$R/issues/1/sub_issues") $(code GET "/api/v3$R/issues/1/dependencies/blocked_by")" '404 404' \
	'an older server has no links'
is "$(gh_api GET "/api/v3$R/issues/1" | jq -c '[has("sub_issues_summary"),has("type"),.url]')" \
	"[false,false,\"$gh_url/api/v3/repos/acme/app/issues/1\"]" 'nor do its issues; its URLs have its prefix'
is "$(head_of x-ratelimit-limit)" '' 'nor limits'
is "$(ql '{viewer{login}}' >/dev/null; gh_api POST /api/graphql -d "@$T/query" | jq -r .data.viewer.login)" orch-bot \
	'GraphQL is elsewhere'
gh_option '{"sub_issues":true,"dependencies":true,"issue_types":true,"rate_headers":true,"rest_projects":true}'
gh_clear

# --- faults
made() { gh_dump '.repos[] | select(.name == "app") | .issues | length'; }
n=$(made)
gh_fault '[{"kind":"reset-before","method":"POST"},{"kind":"reset-after","method":"POST"},
	{"kind":"drop-after","method":"POST"},{"kind":"reset-body","method":"POST"}]'
is "$(rc POST $R/issues -d '{"title":"x"}') $(made)" "56 $n" 'reset before: nothing is made'
is "$(rc POST $R/issues -d '{"title":"x"}') $(made)" "56 $((n + 1))" 'reset after: it is made'
is "$(rc POST $R/issues -d '{"title":"x"}') $(made)" "52 $((n + 2))" 'no answer: it is made'
is "$(rc POST $R/issues -d '{"title":"x"}') $(made)" "56 $((n + 3))" 'half an answer: it is made'
is "$(gh_log '.status' | tail -n 4 | paste -sd ' ' -)" '0 0 0 0' 'no status was sent'
gh_fault '{"kind":"drop-reused","method":"POST"}'
set -- -sS -o /dev/null -A x -H "Authorization: Bearer $GH_TOKEN"
curl "$@" "$gh_url$R" --next "$@" -d '{"title":"twice"}' "$gh_url$R/issues"
is "$(made)" "$((n + 5))" 'a reused connection that dies: curl sends the POST again, silently'
gh_clear
gh_fault '[{"kind":"status","status":502,"after":true,"method":"POST"},{"kind":"status","status":504,"method":"POST"}]'
is "$(code POST $R/issues -d '{"title":"x"}') $(made) $(head_of content-type)" "502 $((n + 6)) text/html" \
	'502 after: a page, and it is made'
is "$(code POST $R/issues -d '{"title":"x"}') $(made)" "504 $((n + 6))" '504 before'
gh_fault '[{"kind":"html200"},{"kind":"truncated"},{"kind":"empty-list"},{"kind":"duplicate-keys"},
	{"kind":"bad-utf8"},{"kind":"unknown-enum"},{"kind":"missing-members"},{"kind":"huge-body","bytes":1000000}]'
is "$(code GET $R/issues) $(head_of content-type)" '200 text/html' 'a page with 200'
is "$(code GET $R/issues) $(jq . "$T/gh/body" >/dev/null 2>&1 || echo cut)" '200 cut' 'cut JSON with its honest length'
is "$(gh_api GET $R/issues)" '[]' 'an empty list'
like "$(gh_api GET $R/issues)" '\[{"id":1,"number":1,*"id":*' 'keys twice'
gh_api GET $R/issues >/dev/null
is "$(iconv -f utf-8 -t utf-8 "$T/gh/body" >/dev/null 2>&1; echo $?)" 1 'bytes that are no UTF-8'
is "$(gh_api GET $R/issues | jq -r '.[0].author_association')" NEIGHBOUR 'a word that nobody knows'
is "$(gh_api GET $R/issues/1 | jq -c 'keys')" '["body","created_at","id","number","state","title","updated_at"]' \
	'members that are missing'
is "$(gh_api GET $R/issues | wc -c)" 1000000 'a large body'
gh_snapshot before
gh_person '{"issue":1,"do":"edit","title":"New"}' >/dev/null
gh_fault '{"kind":"stale","snapshot":"before","path":"/issues/1"}'
is "$(gh_api GET $R/issues/1 | jq -r .title) $(gh_api GET $R/issues/1 | jq -r .title)" 'One New' 'an old answer'
gh_option '{"keep":5}'
for title in A B C; do gh_person "{\"issue\":1,\"do\":\"edit\",\"title\":\"$title\"}" >/dev/null; done
gh_fault '{"kind":"stale","writes":2,"path":"/issues/1"}'
is "$(gh_api GET $R/issues/1 | jq -r .title)" A 'as it was two writes ago'
gh_clear
gh_fault '[{"kind":"redirect","to":"loop","nth":2,"times":2,"path":"/issues/*"},
	{"kind":"redirect","status":301,"to":"http://127.0.0.1:1/x","method":"DELETE"},
	{"kind":"permission","token":"t-ana"},{"kind":"sso","method":"PUT"},{"kind":"status","status":451,"method":"PATCH"},
	{"kind":"header","name":"Sunset","value":"soon","path":"/labels"}]'
is "$(code GET $R/issues/1) $(code GET $R/issues/1) $(code GET $R/issues/1) $(code GET $R/issues/1)" '200 307 307 200' \
	'the second and the third match'
is "$(code DELETE $R/issues/1/labels/x) $(head_of location)" '301 http://127.0.0.1:1/x' 'to another place'
is "$(GH_TOKEN=t-ana code GET $R) $(head_of x-accepted-github-permissions)" '403 issues=write' 'of one token'
like "$(code PUT $R/issues/1/labels -d '[]') $(head_of x-github-sso)" '403 required; url=*' 'single sign-on'
is "$(code PATCH $R/issues/1 -d '{}')" 451 'any status'
is "$(code GET $R/labels) $(head_of sunset)" '200 soon' 'any header'
gh_fault '[{"kind":"status","path":"/issues$"},{"kind":"status","status":500,"path":"/issues"}]'
is "$(code GET $R/issues/1) $(code GET $R/issues)" '500 502' 'a path to its end, or what begins so'
gh_clear
gh_option '{"tick":5}'
now=$(gh_dump .now)
post $R/labels '{"name":"tick"}' >/dev/null
is "$(($(gh_dump .now) - now))" 5 'each write can take its time'
gh_option '{"tick":0}'
gh_fault '[{"kind":"graphql","type":"RATE_LIMITED","path":"/graphql"},{"kind":"stall","path":"/user"}]'
is "$(ql '{viewer{login}}' | jq -r '.errors[0].type')" RATE_LIMITED 'an error of GraphQL'
is "$(rc GET /user --max-time 0.1)" 28 'no answer, until the client gives up'
is "$(gh_log '.fault // empty' | tail -n 1)" stall 'which is in the log'
gh_clear

# --- killed at a request
n=$(made)
cat >"$T/client" <<END
curl -sS -A x -H 'Authorization: Bearer $GH_TOKEN' -o "$T/1" '$gh_url$R'
exec curl -sS -A x -H 'Authorization: Bearer $GH_TOKEN' -o "$T/2" -d '{"title":"killed"}' '$gh_url$R/issues'
END
ok 'killed before its second request is done' gh_crash before 2 sh "$T/client"
is "$(made) $(gh_log .status | tail -n 1)" "$n 0" 'it is not done'
ok 'killed after it' gh_crash after 2 sh "$T/client"
is "$(made)" "$((n + 1))" 'it is done'
gh_crash before 3 sh "$T/client"
is "$? $gh_status" '1 0' 'there is no third request'
is "$(made)" "$((n + 2))" 'and nothing is held any more'
gh_clear
mkfifo "$T/held"
gh_fault "{\"kind\":\"hold-before\",\"file\":\"$T/held\"}"
gh_api GET $R >/dev/null &
read -r line <"$T/held"
like "$line" 'held *' 'a request is held'
gh_release
wait $!
is "$(cat "$T/gh/status")" 200 'and let go'
is "$(gh_log .n | wc -l)" 1 'it counts once'

# --- the server
gh_clear
printf '{"title":"x","body":"%01500000d"}' 0 >"$T/long"
is "$(code POST $R/issues -d "@$T/long")" 422 'a body that waits for 100 Continue arrives'
printf '%05000000d' 0 >"$T/long"
is "$(code POST $R/issues -d "@$T/long" 2>/dev/null)" 413 'one of 5 MB is refused'
ok 'eighty at a time are served' curl -sS -f -Z --parallel-max 80 -o /dev/null "$gh_url/_fake/faults?[1-80]"
is "$(curl -sS -A x -H 'Authorization: Bearer t-bob' -o /dev/null -o /dev/null "$gh_url$R" "$gh_url$R" &&
	gh_log '.nth' | tail -n 2 | paste -sd ' ' -)" '1 2' 'a connection is kept, and the log tells'

# --- the log, and what is kept
gh_clear
post $R/labels '{"name":"logged"}' >/dev/null
is "$(gh_log '[.method,.path,.status,.billed,.token,.body.name,.nth]|join(" ")')" \
	"POST $R/labels 201 true orch-bot logged 1" 'the log tells each request'
is "$(gh_count POST /labels) $(gh_count '*' '/*') $(gh_count GET /labels)" '1 1 0' 'they are counted'
gh_stop
gh_start empty --state "$T/state"
gh_seed "$gh_world" >/dev/null
post $R/issues '{"title":"kept"}' >/dev/null
gh_stop
gh_start empty --state "$T/state"
is "$(gh_api GET $R/issues/1 | jq -r .title)" kept 'a state that is kept is there again'
is "$(gh_person '{"do":"dance"}' 2>&1 | head -c 12)" '{"error":"no' 'what nobody can do is refused'
is "$(cat "$T/gh/err")" '' 'the fake has nothing to complain about'
done_testing
