#!/bin/sh
# The page and the usage line know the same options.
page=$(sed -n 's/^\.It Fl \(.\)$/\1/p' wordcount.1 | sort | tr -d '\n')
usage=$(./wordcount -z 2>&1 </dev/null | sed -n 's/.*\[-\([A-Za-z]*\)\].*/\1/p' |
	fold -w 1 | sort | tr -d '\n')
test "$page" = "$usage" || { echo "page: $page, program: $usage"; exit 1; }
