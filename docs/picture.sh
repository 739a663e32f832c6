#!/bin/sh
# Takes the README's pictures of the console, 80 columns by 24 rows, from the real one with some made-up keys, and puts
# them between the README's markers. The programs are in $BUILD; needs tmux.
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

ask "$old" 2
apikeyctl key update "${billing%_*}" --rate 400/1m --quota 5000/month > /dev/null 2>&1
new=$(apikeyctl key rotate "${billing%_*}" --grace 7d 2> /dev/null)

# wait_for TEXT: until it is on the screen. shoot NAME: the screen as it is.
wait_for() {
	tries=100
	until $tmux capture-pane -p | grep -q "$1" || [ "$tries" = 0 ]; do
		tries=$((tries - 1))
		sleep 0.1
	done
}
shoot() { $tmux capture-pane -p | sed 's/ *$//' > "$dir/$1"; }

$tmux new-session -d -x 80 -y 24 "TZ=UTC LC_ALL=C.UTF-8 NO_COLOR=1 XDG_STATE_HOME=$dir apikey-tui"
wait_for 'Busiest keys'
for load in 5 12 9 14 25 22 26 12 8 17 28 32 19 24 31 29 20 12 15 22 26 18 11 16 21 27 30 24; do
	ask "$shop" "$load"
	ask "$new" $((load / 3))
	ask "$billing" $((load % 5 / 4))
	ask "$mobile" $((load % 4))
	sleep 0.8
done
wait_for 'rate_limited\|disabled'
shoot overview
$tmux send-keys 2
wait_for 'OWNER'
shoot keys
$tmux send-keys /
$tmux send-keys -l 'billing'
$tmux send-keys Enter
wait_for '1 found'
$tmux send-keys Enter
wait_for 'allowed [1-9]'
shoot card
$tmux send-keys w Tab Tab
$tmux send-keys -l 'users:write'
$tmux send-keys Tab Tab Tab Enter
wait_for 'A verify would say'
shoot why

awk -v dir="$dir" '
	/^<!-- picture / {
		print; print "```"
		while ((getline line < (dir "/" $3)) > 0)
			print line
		print "```"
		skip = 1
	}
	/^<!-- end of picture -->$/ { skip = 0 }
	!skip { if ($0 !~ /^<!-- picture /) print }
' "$readme" > "$dir/README.md"
cp "$dir/README.md" "$readme"
