#!/bin/sh
# Options that are not known are refused, all three numbers are the default.
./wordcount -z </dev/null 2>/dev/null
test $? -eq 2 && test "$(printf 'one two\n' | ./wordcount)" = '1 2 8'
