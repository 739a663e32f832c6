#!/bin/sh
# Looks at the units in an installed tree (the argument): systemd must read every line of them without complaint, find
# the programs they name, and rate the service as exposed 1.0 at most, of 10. The user and its groups are made in the
# tree as a boot would make them.
set -eu

tree=$(cd "$1" && pwd)
units=$tree/usr/lib/systemd/system
checked=$tree/checked
rm -rf "$checked"
mkdir -p "$checked" "$tree/etc"
for unit in "$units"/*; do
	sed "s|=/usr/|=$tree/usr/|" "$unit" > "$checked/${unit##*/}"
done

said=$(systemd-analyze verify --man=no "$checked"/* 2>&1) || {
	printf '%s\n' "$said" >&2
	exit 1
}
if [ -n "$said" ]; then
	printf '%s\n' "$said" >&2
	exit 1
fi

# The threshold is in tenths.
said=$(systemd-analyze security --offline=true --no-pager --threshold=10 "$checked/apikeyd.service") || {
	printf '%s\n' "$said" | grep -v '✓' >&2
	exit 1
}
printf '%s\n' "$said" | tail -n 1

systemd-sysusers --root="$tree" "$tree/usr/lib/sysusers.d/apikeyd.conf" > /dev/null 2>&1
sed -n 's/^\(User\|Group\|SocketUser\|SocketGroup\)=//p' "$units"/* | while read -r name; do
	grep -q "^$name:" "$tree/etc/group" || {
		echo "a unit names $name, which sysusers did not make" >&2
		exit 1
	}
done
