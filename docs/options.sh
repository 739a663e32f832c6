#!/bin/sh
# Prints docs/apikeyd.conf.5 with its list of options made anew from what `apikeyd --dump-config` (the argument is the
# program) says of each: a comment, then name = value.
set -eu
page=$(dirname "$0")/apikeyd.conf.5

sed '/^\.\\" Begin of options/q' "$page"
echo '.Bl -tag -width Ds'
"$1" --config /dev/null --dump-config | awk '
	/^# / { help = substr($0, 3) }
	/^$/ { help = "" }
	/^[a-z_]+ = / {
		at_start = sub(/ \(takes effect at start\)$/, "", help)
		gsub(/; /, ";\n", help)
		gsub(/"/, "\\(dq")
		printf ".It Ic %s No = Ar %s\n%s\n%s", $1, substr($0, index($0, "= ") + 2), help, at_start ? "(at start)\n" : ""
	}' | fold -s -w 78 | sed 's/ *$//'
echo '.El'
sed -n '/^\.\\" End of options/,$p' "$page"
