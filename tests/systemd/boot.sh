#!/bin/bash
# Boots a Debian 12 with apikeyd installed in a container, and lets inside.sh look at it there. Needs root, debootstrap
# and systemd-nspawn, and says so where it is skipped for want of them. The installed system is kept in $1 and used
# again. $2 is the directory of the programs.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$1 build=$2
packages=systemd,systemd-sysv,dbus,libconfuse2,libevent-core-2.1-7,libevent-pthreads-2.1-7,libjansson4
packages+=,libmsgpackc2,libncursesw6,libsodium23,libsqlite3-0,libsystemd0,libunistring2

lacking() {
	printf 'check-boot: skipped, for it needs %s\n' "$1" >&2
	exit 0
}
[ "$(id -u)" = 0 ] || lacking root
command -v debootstrap > /dev/null || lacking debootstrap
command -v systemd-nspawn > /dev/null || lacking 'systemd-nspawn (package systemd-container)'

if ! [ -e "$root/made" ]; then
	rm -rf "$root"
	mkdir -p "$root"
	debootstrap --variant=minbase --include="$packages" bookworm "$root" > "$root.log" 2>&1 || {
		tail "$root.log" >&2
		exit 1
	}
	touch "$root/made"
fi

# Nothing of an earlier run stays.
rm -rf "$root"/{result,etc/apikeyd,etc/credstore,var/lib/apikeyd,var/log/journal,etc/systemd/system/apikeyd.service.d}
sed -i '/^\(service\|alice\|stranger\|apikey[^:]*\):/d' "$root"/etc/{passwd,group,shadow,gshadow}
find "$root/etc/systemd/system" -name 'apikeyd*' -delete
make -s -C "$here/../.." -o all install BUILD="$build" DESTDIR="$root" PREFIX=/usr > /dev/null
install -m 755 "$here/inside.sh" "$root/inside.sh"
cat > "$root/etc/systemd/system/inside.service" <<'UNIT'
[Unit]
After=multi-user.target
[Service]
ExecStart=/inside.sh
StandardOutput=file:/result
StandardError=file:/result
ExecStopPost=systemctl poweroff
UNIT
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
ln -sf ../inside.service "$root/etc/systemd/system/multi-user.target.wants/"

timeout -k 10 300 systemd-nspawn -q --register=no --keep-unit --private-network --system-call-filter=@memlock \
	-D "$root" -b > "$root.log" 2>&1 || true
cat "$root/result"
grep -q '^all passed$' "$root/result"
