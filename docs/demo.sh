#!/bin/sh
# The whole way, once, with the programs in $BUILD: starts a private daemon, makes a key, verifies it, revokes it, and
# opens the console. Everything it keeps lies in one directory of yours; no root is needed. Run by `make demo`.
set -eu

PATH=$(cd "${BUILD:-$(dirname "$0")/../build}" && pwd):$PATH
state=${XDG_STATE_HOME:-$HOME/.local/state}/apikeyd-demo
runtime=$(mktemp -d "${TMPDIR:-/tmp}/apikeyd-demo.XXXXXX")
export APIKEYD_SOCKET="$runtime/admin.sock"
daemon=

clean_up() {
	trap - EXIT HUP INT TERM
	if [ -n "$daemon" ]; then
		kill "$daemon" 2> /dev/null || true
		wait "$daemon" 2> /dev/null || true
	fi
	rm -rf "$runtime"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '\n%s\n' "$*"; }
show() { sed 's/^/    /' "$1"; }

# expect CODE SHOWN COMMAND...: shows a command as one would type it, runs it, shows what it said. Its standard output
# is left in $runtime/out. Another exit code than CODE ends the demo.
expect() {
	expected=$1 shown=$2 code=0
	shift 2
	printf '  $ %s\n' "$shown"
	"$@" > "$runtime/out" 2> "$runtime/err" || code=$?
	show "$runtime/out"
	show "$runtime/err"
	[ "$code" = "$expected" ] || {
		say "That should have ended with exit code $expected, not $code."
		exit 1
	}
}
# A key goes in by standard input: as an argument it would be in every list of processes.
verify() { printf %s "$key" | apikeyctl verify; }

start() {
	mkdir -p "$state"
	chmod 700 "$state"
	# Should this script be killed, the daemon goes with it.
	setpriv --pdeathsig TERM apikeyd --config /dev/null --data "$state" --runtime "$runtime" 2> "$runtime/log" &
	daemon=$!
	tries=300
	until apikeyctl ping > /dev/null 2>&1; do
		tries=$((tries - 1))
		if [ "$tries" = 0 ] || ! kill -0 "$daemon" 2> /dev/null; then
			say "The daemon did not start. It said:"
			show "$runtime/log"
			exit 1
		fi
		sleep 0.1
	done
}

say "1. A daemon of your own. Its keys stay in $state."
printf '  $ apikeyd --data %s --runtime %s &\n' "$state" "$runtime"
start

say "2. A key. The daemon shows it this once and keeps only a digest of it."
expect 0 'apikeyctl key create --name first-key --scope invoices:read' \
	apikeyctl key create --name first-key --scope invoices:read
key=$(cat "$runtime/out")

say "3. Is it good? Yes."
# shellcheck disable=SC2016 # shown, not run
expect 0 'printf %s "$KEY" | apikeyctl verify' verify

say "4. Revoke it, by the public part of its text. That holds for the very next question, on any connection."
expect 0 "apikeyctl key revoke ${key%_*} --yes" apikeyctl key revoke "${key%_*}" --yes

say "5. Is it good now? No."
# shellcheck disable=SC2016
expect 10 'printf %s "$KEY" | apikeyctl verify' verify
key=

say "6. Another one, to look at."
expect 0 'apikeyctl key create --name second-key' apikeyctl key create --name second-key

if [ -t 0 ] && [ -t 1 ]; then
	say "7. The console."
	XDG_STATE_HOME=$runtime apikey-tui
else
	say "7. On a terminal, apikey-tui would open here. The same as a list:"
	expect 0 'apikeyctl key list' apikeyctl key list
fi
say "Done: the daemon is stopped. \`make demo\` starts it again with the same keys; to forget them:"
printf '  $ rm -r %s\n' "$state"
