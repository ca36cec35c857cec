#!/bin/sh
# nightly.sh - chores of a project, for a line in crontab:
#
#	15 3 * * *	nightly.sh $HOME/src/project
#
# Adds today's chores once, however often it is started, and runs what is ready for at
# most two hours.  It says nothing, and so cron mails nothing, unless a person is needed.
set -u
cd "${1:?usage: nightly.sh PROJECT}" || exit 2
today=$(date +%Y-%m-%d)

orch-add -q --dedupe --key "check-$today" -l nightly --command 'make check' \
	"Run the tests, $today" >/dev/null || exit
orch-route -q >/dev/null || exit

orch-run -q --ready --timeout 2h >/dev/null
status=$?
case $status in
0 | 1 | 75 | 124) ;;	# done, nothing to do, or there is another night
69) orch-list '@needs_review,failed' -o id,title,reason ;;
*) echo "orch-run ended with $status: see orch-fsck" ;;
esac
