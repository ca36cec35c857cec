#!/bin/sh
# A line ends with a newline.
test "$(printf '' | ./wordcount -l)" = 0 &&
test "$(printf 'one\ntwo\n' | ./wordcount -l)" = 2
