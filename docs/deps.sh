#!/bin/sh
# Installs those of the named Debian packages that are missing: as root, or with a sudo that asks nothing. Otherwise
# prints the command that does. Says nothing when all are there.
set -eu

missing=
for package; do
	case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true) in
	installed*) ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

command="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ]; then
	as_root=
elif sudo -n true 2>/dev/null; then
	as_root="sudo -n"
else
	printf 'Some Debian packages are missing. This installs them; then run the same command again:\n\n' >&2
	printf '    sudo %s\n\n' "$command" >&2
	exit 1
fi
echo "Installing:$missing" >&2
# Words are meant to be split here: a command, its options and the package names.
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive $command
