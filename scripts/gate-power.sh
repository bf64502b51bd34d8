#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: gate-power.sh [OPTION...] DIR
#
# Measures on this machine how often a gate of two equal builds raises a false alarm, and how large
# a slowdown must be to be found (docs/gate-power.md). Sets the machine up and builds as test.sh does;
# the rest, and the options, are those of tests/noise/gate_power.py (--help).
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=scripts/common.sh
. "$root/scripts/common.sh"

"$root/scripts/setup.sh" --test || exit 4
build_preset release fpstate-bench || exit 4
exec python3 -B "$root/tests/noise/gate_power.py" "$@"
