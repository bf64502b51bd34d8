#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: test.sh [CTEST OPTION...]     e.g. test.sh -L unit
#
# Sets the machine up, builds what is shipped (build/) and runs the tests there through CTest.
# The output ends with the reasons of what was skipped and CTest's summary.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=scripts/common.sh
. "$root/scripts/common.sh"

"$root/scripts/setup.sh" --test
build_preset release

# show_skips LOG: one line for each reason in CTest's log.
show_skips()
{
	awk '
	/^[0-9]+\/[0-9]+ Testing: / { name = $3 }
	/^SKIP: / { sub(/^SKIP: */, ""); print "  " name ": " $0; nr++ }
	END { if (nr) print nr " skips, reasons above" }
	' "$1"
}

# Passes everything on, and holds CTest's summary back until the reasons are shown.
put_skips_before_summary()
{
	while IFS= read -r line; do
		case "$line" in
		*'% tests passed, '*) show_skips "$1" ;;
		esac
		printf '%s\n' "$line"
	done
}

status=$(mktemp)
trap 'rm -f "$status"' EXIT
echo 1 >"$status"
{
	code=0
	ctest --test-dir "$root/build" --output-on-failure --no-tests=error "$@" </dev/null ||
		code=$?
	echo "$code" >"$status"
} | put_skips_before_summary "$root/build/Testing/Temporary/LastTest.log"
exit "$(cat "$status")"
