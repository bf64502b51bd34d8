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

# show_skips LOG: how many tests were skipped, whole or in part, and each with its reason.
show_skips()
{
	awk '
	/^[0-9]+\/[0-9]+ Testing: / { name = $3 }
	/^SKIP: / { sub(/^SKIP: */, ""); skipped[nr++] = "  " name ": " $0 }
	END {
		if (nr)
			print nr " skipped:"
		for (i = 0; i < nr; i++)
			print skipped[i]
	}
	' "$1"
}

# Passes everything on, and holds CTest's summary back until it has written its log, so that the
# reasons come first.
put_skips_before_summary()
{
	summary=
	while IFS= read -r line; do
		case "$summary$line" in
		*'% tests passed, '*) summary="$summary$line
" ;;
		*) printf '%s\n' "$line" ;;
		esac
	done
	if [ -f "$1" ]; then
		show_skips "$1"
	fi
	printf '%s' "$summary"
}

status=$(mktemp)
trap 'rm -f "$status"' EXIT
echo 1 >"$status"
{
	code=0
	# Whatever measures, or boots a kernel, runs alone all the same (RUN_SERIAL).
	ctest --test-dir "$root/build" --parallel "$(nproc)" --output-on-failure \
		--no-tests=error "$@" </dev/null || code=$?
	echo "$code" >"$status"
} | put_skips_before_summary "$root/build/Testing/Temporary/LastTest.log"
exit "$(cat "$status")"
