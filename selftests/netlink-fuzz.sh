#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: random requests, changed with and without regard to the grammar, while packets pass and namespaces end
# two CPUs: requests, packets and the end of namespaces
# usage: netlink-fuzz.sh [SECONDS [SEED]]	without: 300 seconds on the debug kernel, 10 on others
. "$(dirname "$0")/lib.sh"
load_module
[ "$CMAP_KERNEL" = debug ] && seconds=300 || seconds=10
nl_fuzz "${1:-$seconds}" ${2:+"$2"} > "$WORK/results" 2>&1
status=$?
while IFS=$'\t' read -r bad text; do
	case $bad in
	[01]) ok "$bad" "$text";;
	*) note "$bad $text";;
	esac
done < "$WORK/results"
ok $((status != 0)) "nl_fuzz came to its end (exit status $status)"
finish
