#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: malformed, missing, repeated and contradictory attributes are refused with a text; who may not gets EPERM
. "$(dirname "$0")/lib.sh"
load_module
nl_bad > "$WORK/results" 2>&1
status=$?
# "0 GROUP: TEXT" passed, "1 GROUP: TEXT" failed, anything else is how the program died. One result for each group.
declare -A tried=() failed=()
while IFS=$'\t' read -r bad text; do
	case $bad in
	[01]) tried[${text%%:*}]=$((${tried[${text%%:*}]:-0} + 1));;&
	1) failed[${text%%:*}]=$((${failed[${text%%:*}]:-0} + 1)); note "failed: $text";;
	0) [[ $text == random:* ]] && note "$text";;
	*) note "$bad $text";;
	esac
done < "$WORK/results"
while IFS= read -r group; do
	ok "$((${failed[$group]:-0} > 0))" "$group: ${tried[$group]} of nl_bad's checks"
done < <(printf '%s\n' "${!tried[@]}" | sort)
ok $((status != 0)) "nl_bad came to its end (exit status $status)"
like "${#tried[@]}" '^[2-9][0-9]$' "every command was tried"
finish
