#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: gen-docs.sh [FPSTATE-BENCH]     default build/fpstate-bench
#
# Rewrites what stands between the markers of docs/benchmarks.md (the families from the comments at
# the head of bench/cases/*.c, the table of rows from `list --markdown`), of docs/claims.md (`list
# --claims`) and of docs/unverified.md (the rows that its table of verified ones does not match). The
# rest stays as it is.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=scripts/common.sh
. "$root/scripts/common.sh"

[ $# -le 1 ] || {
	say "usage: gen-docs.sh [FPSTATE-BENCH]"
	exit 2
}
program=${1:-$root/build/fpstate-bench}
[ -x "$program" ] || die "$program: no such program; build it: cmake --build build"

parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT

# One section a file: " * name.c - title", then fields " * Word:  text" with continuation lines.
list_families()
{
	for case in "$root"/bench/cases/*.c; do
		awk -v file="bench/cases/${case##*/}" '
		function markdown(text) {
			gsub(/[*<`|\\]/, "\\\\&", text)
			return text
		}
		/^\/\*$/ { inside = 1; next }
		/^ \*\/$/ { exit }
		!inside { next }
		{ sub(/^ \* ?/, "") }
		!titled && / - / {
			title = substr($0, index($0, " - ") + 3)
			titled = 1
			next
		}
		/^(Asks|Times|Includes|Excludes|Valid if):/ {
			colon = index($0, ":")
			field[++nr] = substr($0, 1, colon - 1)
			$0 = substr($0, colon + 1)
		}
		nr {
			sub(/^ +/, "")
			text[nr] = text[nr] (text[nr] == "" ? "" : " ") $0
		}
		END {
			if (!titled || nr != 5) {
				print file ": no title, or not the five fields" >"/dev/stderr"
				exit 1
			}
			printf "\n### `%s`: %s\n\n", file, markdown(title)
			for (i = 1; i <= nr; i++)
				printf "- **%s**: %s\n", field[i], markdown(text[i])
		}' "$case" || return 1
	done
	echo
}

list_families >"$parts/families" || die "bench/cases: see the message above; nothing was written"
"$program" list --markdown >"$parts/list --markdown"
"$program" list --claims >"$parts/list --claims"

# One regular expression a line: what stands in backquotes in the first column of "Verified".
verified()
{
	sed -n '/^## Verified/,$s/^| `\([^`]*\)` |.*/\1/p' "$root/docs/unverified.md"
}

# The operations with rows that none of these matches: how many rows of each, on which substrate.
list_unverified()
{
	verified >"$parts/verified"
	[ -s "$parts/verified" ] || die "docs/unverified.md: no rows in its table of verified ones"
	awk -F' *[|] *' '/^[|] `/ { gsub(/`/, "", $2); print $2 "@" $3 }' "$parts/list --markdown" |
		grep -E -v -f "$parts/verified" |
		awk -F@ '
		{
			operation = $1
			sub(/\/[^\/=]*=.*/, "", operation)
			id = operation "@" $2
			if (!(id in nr))
				order[++nr_ids] = id
			nr[id]++
		}
		END {
			print "| operation | rows |\n|---|---|"
			for (i = 1; i <= nr_ids; i++)
				printf "| `%s` | %d |\n", order[i], nr[order[i]]
		}'
}
list_unverified >"$parts/unverified rows"

# rewrite PAGE MARKERS: "<!-- begin X -->" .. "<!-- end X -->" get the content of parts/X.
rewrite()
{
	awk -v parts="$parts" -v page="$1" -v markers="$2" '
	/^<!-- begin .* -->$/ {
		print
		part = $0
		sub(/^<!-- begin /, "", part)
		sub(/ -->$/, "", part)
		while ((status = (getline line < (parts "/" part))) > 0)
			print line
		if (status < 0) {
			print "docs/" page ": unknown marker " part >"/dev/stderr"
			exit 1
		}
		nr++
		skipping = 1
		next
	}
	/^<!-- end .* -->$/ { skipping = 0 }
	!skipping
	END {
		if (nr != markers || skipping) {
			print "docs/" page ": expected " markers " marked parts, each ended" >"/dev/stderr"
			exit 1
		}
	}' "$root/docs/$1" >"$parts/page" || die "docs/$1: not written"
	cat "$parts/page" >"$root/docs/$1"
}

rewrite benchmarks.md 2
rewrite claims.md 1
rewrite unverified.md 1
