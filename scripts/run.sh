#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: run.sh [SUBCOMMAND [ARGUMENT...]]
#
# Sets the machine up, builds into build/, runs build/fpstate-bench with the arguments given. Without
# any: `run --profile quick`, then figures and an HTML page beside the report. The exit code is the
# program's, of that run.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=scripts/common.sh
. "$root/scripts/common.sh"

case " $* " in
" lab "*[\ =]bochs\ *) "$root/scripts/setup.sh" --bochs || exit 4 ;;
" lab "*) "$root/scripts/setup.sh" --lab || exit 4 ;;
*) "$root/scripts/setup.sh" || exit 4 ;;
esac
build_preset release fpstate-bench || exit 4

# As a job, so that a signal to this script alone reaches it too; Ctrl-C does anyway.
measure()
{
	interrupted=
	trap 'interrupted=yes' INT
	trap 'interrupted=yes; kill -TERM "$job" 2>/dev/null || :' TERM HUP
	"$root/build/fpstate-bench" run --profile quick &
	job=$!
	code=0
	wait "$job" || code=$?
	# A signal ends the wait, not the job.
	while kill -0 "$job" 2>/dev/null; do
		code=0
		wait "$job" || code=$?
	done
	trap - INT TERM HUP
}

# show REPORT: pictures, without which the report is worth no less.
show()
{
	figures=${1%/*}/figures
	page=${1%/*}/report.html
	if said=$("$root/build/fpstate-bench" plot "$1" --out "$figures" 2>&1 >/dev/null); then
		printf 'figures: %s\n' "$figures"
	else
		say "$said"
	fi
	# Of a report with failures there is a page too.
	if said=$("$root/build/fpstate-bench" report "$1" --html "$page" 2>&1 >/dev/null) ||
		[ -s "$page" ]; then
		printf 'page: %s\n' "$page"
	else
		say "$said"
	fi
}

if [ $# -eq 0 ]; then
	cd "$root"
	begin=$(mktemp)
	measure
	report=$(find results -name report.json -newer "$begin" 2>/dev/null | sort | tail -n 1)
	rm -f "$begin"
	[ -z "$report" ] || [ -n "$interrupted" ] || show "$report"
	exit "$code"
fi

# Paths the user names are relative to where the user stands, the default ones to the repository.
names_output()
{
	for argument; do
		case "$argument" in
		-o* | --o* | --re*) return 0 ;;
		esac
	done
	return 1
}

case "$1" in
run | noise)
	names_output "$@" || cd "$root"
	;;
esac
exec "$root/build/fpstate-bench" "$@"
