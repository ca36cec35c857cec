#!/bin/sh
# -L prints the length of the longest line.
test "$(printf 'a\nlonger\nb\n' | ./wordcount -L)" = 6 &&
test "$(printf 'a\nno newline' | ./wordcount -L)" = 10
