#!/bin/sh
# Takes the README's picture of the console, 80 columns by 24 rows, from the real one with some made-up keys, and puts
# it between the README's markers. The programs are in $BUILD; needs tmux.
set -eu

readme=$(cd "$(dirname "$0")/.." && pwd)/README.md
PATH=$(cd "${BUILD:-$(dirname "$0")/../build}" && pwd):$PATH
dir=$(mktemp -d /tmp/picture.XXXXXX)
export APIKEYD_SOCKET="$dir/admin.sock"
tmux="tmux -L picture-$$ -f /dev/null"
daemon=
clean_up() {
	$tmux kill-server 2> /dev/null || true
	[ -z "$daemon" ] || kill "$daemon"
	wait
	rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

mkdir "$dir/data"
apikeyd --config /dev/null --data "$dir/data" --runtime "$dir" 2> "$dir/log" &
daemon=$!
tries=100
until apikeyctl ping > /dev/null 2>&1 || [ "$tries" = 0 ]; do
	tries=$((tries - 1))
	sleep 0.1
done

make_key() { # NAME OWNER [OPTION...]
	name=$1 owner=$2
	shift 2
	apikeyctl key create --name "$name" --owner "$owner" "$@" 2> /dev/null
}
ask() { # KEY TIMES
	for _ in $(seq "$2"); do printf %s "$1" | apikeyctl verify --scope invoices:read > /dev/null || true; done
}
billing=$(make_key "billing, nightly" alice --scope 'invoices:*' --expires 90d)
mobile=$(make_key "mobile app" alice --scope invoices:read --scope users:read)
old=$(make_key "old importer" bob --scope invoices:read)
make_key "partner ACME" carol --scope invoices:read --ip 203.0.113.0/24 --expires 365d > /dev/null
make_key "staging smoke test" ci --env test > /dev/null
shop=$(make_key "web shop" bob --scope invoices:read)
apikeyctl key revoke "${old%_*}" --yes > /dev/null 2>&1
apikeyctl key disable "${mobile%_*}" > /dev/null 2>&1

ask "$billing" 3
ask "$mobile" 1
ask "$shop" 3

$tmux new-session -d -x 80 -y 24 "TZ=UTC LC_ALL=C.UTF-8 NO_COLOR=1 apikey-tui"
tries=100
until $tmux capture-pane -p | grep -q 'verifies [1-9]' || [ "$tries" = 0 ]; do
	tries=$((tries - 1))
	ask "$shop" 20
done
{
	sed '/^<!-- picture -->$/q' "$readme"
	echo '```'
	$tmux capture-pane -p | sed 's/ *$//'
	echo '```'
	sed -n '/^<!-- end of picture -->$/,$p' "$readme"
} > "$dir/README.md"
cp "$dir/README.md" "$readme"
