#!/bin/sh
# A word ends at a blank or with the text.
test "$(printf 'one two\n' | ./wordcount -w)" = 2 &&
test "$(printf 'one   two' | ./wordcount -w)" = 2 &&
test "$(printf 'one' | ./wordcount -w)" = 1 &&
test "$(printf ' \n ' | ./wordcount -w)" = 0
