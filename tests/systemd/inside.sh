#!/bin/bash
# Runs as root in a booted system where apikeyd has been installed: everything that only systemd can show.
set -uo pipefail
export LC_ALL=C.UTF-8

failed=0
ok() { # ok WHAT COMMAND...
	local what=$1 said
	shift
	if said=$("$@" 2>&1); then
		echo "ok      $what"
	else
		printf 'FAILED  %s\n%s\n' "$what" "$said"
		failed=1
	fi
}
exits() { # exits CODE COMMAND...
	local want=$1 code=0
	shift
	"$@" || code=$?
	[ "$code" = "$want" ] || { echo "exit code $code, not $want"; return 1; }
}
until_true() {
	for _ in $(seq 300); do
		"$@" > /dev/null 2>&1 && return
		sleep 0.1
	done
	echo "waited in vain: $*"
	return 1
}
as() { setpriv --reuid "$1" --regid "$1" --init-groups "${@:2}"; }
verify() { printf %s "$key" | apikeyctl --socket /run/apikeyd/verify.sock verify; }
export -f verify
state() { systemctl show -P "$1" apikeyd; }
moved_on() { [ "$(state MainPID)" != "$1" ] && [ "$(state ActiveState)" = active ]; }
drop_in() { mkdir -p /etc/systemd/system/apikeyd.service.d; cat > /etc/systemd/system/apikeyd.service.d/test.conf; systemctl daemon-reload; }

useradd -G apikey-verify service
useradd -G apikey-admin alice
useradd stranger

# -- start and who may do what
ok "starts" systemctl enable --now apikeyd
ok "sockets have their owners" diff - <(stat -c '%n %U %G %a' /run/apikeyd/*) <<'END'
/run/apikeyd/admin.sock apikeyd apikey-admin 660
/run/apikeyd/verify.sock apikeyd apikey-verify 660
END
ok "state is nobody else's" test "$(stat -c '%U %a' /var/lib/apikeyd)" = "apikeyd 700"
key=$(apikeyctl key create --name first 2> /dev/null)
export key
ok "a key verifies" verify
ok "a service may ask" as service bash -c verify
ok "a service may not administrate" exits 5 as service apikeyctl key list
ok "a stranger may not ask" exits 5 as stranger bash -c verify
ok "peers are seen as who they are" bash -c "setpriv --reuid alice --regid alice --init-groups \
	apikeyctl --json hello | grep -q '\"uid\": *$(id -u alice)'"
ok "changes are in the journal by field" until_true bash -c 'journalctl -o cat APIKEYD_ACTION=key.create | grep .'

# -- reload
ok "reloads" systemctl reload apikeyd
printf 'log_level = "nonsense"\n' > /etc/apikeyd/apikeyd.conf
ok "refuses to reload a bad file" exits 1 systemctl reload apikeyd
ok "and goes on" verify
printf 'log_level = "debug"\n' > /etc/apikeyd/apikeyd.conf
ok "reloads the mended one" systemctl reload apikeyd

# -- restarts
pid=$(state MainPID)
kill -9 "$pid"
ok "comes back after kill -9" until_true moved_on "$pid"
ok "and knows the key" verify
touch /run/asking
while [ -e /run/asking ]; do
	verify > /run/said 2>&1 || verify > /run/said 2>&1 || cat /run/said
	echo asked
done > /run/asked &
for _ in 1 2 3 4 5 6 7 8 9 10; do systemctl restart apikeyd; done
rm /run/asking
wait
ok "ten restarts cost no question more than one retry" diff <(sort -u /run/asked) - <<< asked
systemctl stop apikeyd 2> /dev/null
ok "stops in order" test "$(state Result) $(state ExecMainStatus)" = "success 0"
ok "a question starts it" verify

# -- the pepper as a credential
systemctl stop apikeyd 2> /dev/null
mkdir -p /etc/credstore
mv /var/lib/apikeyd/pepper /etc/credstore/apikeyd.pepper
chown root:root /etc/credstore/apikeyd.pepper
systemctl start apikeyd
ok "takes its pepper from a credential" verify
ok "and makes none beside it" test ! -e /var/lib/apikeyd/pepper

# -- watchdog
drop_in <<'END'
[Service]
WatchdogSec=2
TimeoutAbortSec=1
END
systemctl restart apikeyd
pid=$(state MainPID)
ok "gives signs of life" test "$(state NRestarts)" = 0
kill -STOP "$pid"
ok "is restarted when it hangs" until_true moved_on "$pid"
ok "and knows the key still" verify

# -- a bad configuration
printf 'nonsense = 1\n' > /etc/apikeyd/apikeyd.conf
ok "a bad configuration is refused" exits 1 systemctl restart apikeyd
ok "with its code" test "$(state ExecMainStatus)" = 78
ok "once" test "$(state NRestarts)" = 0
ok "with file and line" bash -c "journalctl -u apikeyd -o cat | grep -q 'apikeyd.conf:1: '"
rm /etc/apikeyd/apikeyd.conf
ok "starts without any" systemctl restart apikeyd

ok "nothing was killed by the sandbox" exits 1 bash -c "journalctl -o cat | grep -E 'SIGSYS|code=dumped'"
[ "$failed" = 0 ] && echo "all passed"
