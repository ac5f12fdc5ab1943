# SPDX-License-Identifier: GPL-2.0-only
# Our gateway ga and Linux XFRM on gb, IPv4 tunnel mode with manual keys: what tests of algorithms share. Sourced behind
# lib.sh, after topology. A test sets ENC, AUTH, XENC and XAUTH, the words of cmap and of ip xfrm. shellcheck shell=bash
# shellcheck disable=SC2034

# bytes N: a key of N bytes, never the same twice in a run
KEYS=0
bytes() { KEYS=$((KEYS + 1)); printf '%s' "$KEYS" | sha512sum | cut -c1-$(($1 * 2)); }

vpn() { # a map on the interface
	cmap -n ga map add M seq 10 peer $GB acl permit 10.1.0.0/24 10.2.0.0/24 && cmap -n ga link set dev wan map M
}
clear() { cmap -n ga sa flush && cmap -n ga link del dev wan && cmap -n ga map del M; }

# OURS_IN, OURS_OUT, THEIRS_IN, THEIRS_OUT: more words for one SA
ours() { # one pair of SAs in ga
	local proxies="map M seq 10 proto ${PROTO:-esp} local-proxy 10.1.0.0/24 remote-proxy 10.2.0.0/24"
	cmap -n ga sa flush > /dev/null
	# shellcheck disable=SC2086
	cmap -n ga sa add dir in $proxies spi 0x2000 src $GB dst $GA $ENC $AUTH ${OURS_IN:-} &&
		cmap -n ga sa add dir out $proxies spi 0x1000 src $GA dst $GB $ENC $AUTH ${OURS_OUT:-}
}
theirs() { # the other end's
	local state="proto ${PROTO:-esp} reqid 1 mode tunnel $XENC $XAUTH"
	printf '%s\n' "xfrm state flush" \
		"xfrm state add src $GA dst $GB spi 0x1000 $state replay-window ${WINDOW:-32} ${THEIRS_IN:-}" \
		"xfrm state add src $GB dst $GA spi 0x2000 $state replay-window ${WINDOW:-32} ${THEIRS_OUT:-}" | ip -n gb -batch -
}
policies() {
	local tmpl="proto ${PROTO:-esp} reqid 1 mode tunnel"
	printf '%s\n' "xfrm policy flush" \
		"xfrm policy add src 10.2.0.0/24 dst 10.1.0.0/24 dir out tmpl src $GB dst $GA $tmpl" \
		"xfrm policy add src 10.1.0.0/24 dst 10.2.0.0/24 dir fwd tmpl src $GA dst $GB $tmpl" \
		"xfrm policy add src 10.1.0.0/24 dst 10.2.0.0/24 dir in tmpl src $GA dst $GB $tmpl" | ip -n gb -batch -
}
# counters: "packets bytes errors" of our SAs, outbound and inbound
counters() {
	cmap -n ga -s -j sa show | python3 -c 'import json, sys
s = {sa["dir"]: sa["stats"] for sa in json.load(sys.stdin)}
print(", ".join(" ".join(str(s[d].get(d + x, 0)) for x in ("_packets", "_bytes", "_errors")) for d in ("out", "in")))'
}
# A path MTU learned with another pair of SAs lets hosts cut up what fits now.
forget() { local n; for n in ha ga gb hb; do ip -n $n route flush cache; done; }
xfrm_errors() { awk '$2 {print}' <(ns gb cat /proc/net/xfrm_stat 2> /dev/null); }
# sizes TEXT SIZE...: UDP payloads there and back; exactly these packets are counted, XFRM has no complaint
sizes() {
	local text=$1 out packets total expected; shift
	out=$(ns ha "$HERE/echo.py" sizes $HB 1 "$@" 2>&1)
	like "$out" '^packets ' "$text: there and back, byte for byte" || return
	read -r _ packets _ total <<< "$out"
	expected="$packets $((total + packets * 28)) 0"
	is "$(counters)" "$expected, $expected" "$text: exactly these packets are counted"
	is "$(xfrm_errors)" "" "$text: XFRM has no complaint"
}
