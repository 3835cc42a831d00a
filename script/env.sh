# shellcheck shell=bash
# Sourced by every script here: the checkout, the Node to use, how to speak and how to give up.
# A machine's own Node stays if it is new enough; else script/bootstrap has put one into .build/node.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export ROOT
if [ -x "$ROOT/.build/node/node_modules/.bin/node" ]; then
	PATH="$ROOT/.build/node/node_modules/.bin:$PATH"
fi
# cupsd, ippeveprinter and lpadmin live in sbin, which an ordinary user does not have on PATH.
PATH="$PATH:/usr/sbin:/sbin"
export PATH
# Recordings of real printers, for the tests that need them; they skip without.
if [ -d "$ROOT/../shared" ]; then
	IMPRIMATUR_SHARED=$(cd "$ROOT/../shared" && pwd)
	export IMPRIMATUR_SHARED
fi

say() {
	printf '== %s\n' "$*" >&2
}

die() {
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

# Our C sources, by find and not by git, so that it works in a release's tarball too.
c_files() {
	local dir
	for dir in src tools test bench; do
		[ ! -d "$ROOT/$dir" ] || (cd "$ROOT" && find "$dir" -name node_modules -prune -o -name '*.[ch]' -print)
	done | LC_ALL=C sort
}
