#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: packets that come before the keys of their SA wait for them, in order and bounded, and go with what they wait for
. "$(dirname "$0")/lib.sh"
load_module
topology
KEY=000102030405060708090a0b0c0d0e0f AUTH=000102030405060708090a0b0c0d0e0f10111213
PROXIES="map M seq 10 local-proxy 10.1.0.0/24 remote-proxy 10.2.0.0/24 src $GB dst $GA"
check "map, binding" bash -c "cmap -n ga map add M seq 10 peer $GB acl permit 10.1.0.0/24 10.2.0.0/24 && cmap -n ga link set dev wan map M"
check "the peer's policy" ip -n gb xfrm policy add src 10.2.0.0/24 dst 10.1.0.0/24 dir out tmpl src $GB dst $GA proto esp reqid 1 mode tunnel

# theirs SPI [ENCAP...]: the peer's outbound SA
theirs() {
	local spi=$1; shift
	ip -n gb xfrm state flush
	ip -n gb xfrm state add src $GB dst $GA proto esp spi "$spi" reqid 1 mode tunnel enc 'cbc(aes)' 0x$KEY auth-trunc 'hmac(sha1)' 0x$AUTH 96 "$@"
}
sent() { [ "$(ip -n gb -s xfrm state | grep -oE '[0-9]+\(packets\)' | tail -n 1)" = "$1(packets)" ]; }
some_sent() { ip -n gb -s xfrm state | grep -q '[1-9][0-9]*(packets)'; }
ours() { cmap -n ga sa add dir in proto esp $PROXIES spi "$1" enc aes-cbc $KEY auth hmac-sha1-96 $AUTH "${@:2}"; }
invalid() { reason ga invalid-spi; }
counted() { [ $(($(invalid) - $1)) = "$2" ]; }	# BEFORE COUNT

# early TEXT COUNT EXPECTED [XFRM-OPTION...] [-- OUR-OPTION...]: COUNT packets for a reserved SPI, then the keys
early() {
	local text=$1 count=$2 expected=$3 spi before; shift 3
	local xfrm=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do xfrm+=("$1"); shift; done
	[ $# = 0 ] || shift
	before=$(invalid); spi=$(cmap -n ga sa spi-alloc dst $GA)
	check "$text: SAs of the peer" theirs "$spi" "${xfrm[@]}"
	flow hb ha $HA "$count" 100 200 > "$WORK/flow.out" 2>&1 & local flow=$!
	check "$text: $count packets are under way" waitfor 60 sent "$count"
	check "$text: those for which there is no room are counted" waitfor 10 counted "$before" $((count - expected))
	[ -s "$WORK/flow.out" ]; ok $((! $?)) "$text: none is delivered before the keys are there"
	check "$text: the keys" ours "$spi" "$@"
	wait $flow
	like "$(cat "$WORK/flow.out")" "received $expected lost $((count - expected)) duplicate 0 reordered 0 corrupt 0" "$text: $expected come, in order"
	like "$(cmap -n ga -s sa show)" "packets $expected bytes" "$text: the SA counts them once"
	is "$(($(invalid) - before))" $((count - expected)) "$text: nothing else was dropped"
	cmap -n ga sa flush > /dev/null
}
early "ESP" 20 20
early "more than may wait" 40 32
early "in UDP" 20 20 encap espinudp 4500 4500 0.0.0.0 -- encap 4500 4500

note "AH around ESP: what comes waits for the keys of both"
before=$(invalid); ah=$(cmap -n ga sa spi-alloc proto ah dst $GA); spi=$(cmap -n ga sa spi-alloc dst $GA)
theirs "$spi"
check "the peer's AH" ip -n gb xfrm state add src $GB dst $GA proto ah spi "$ah" reqid 2 mode transport flag align4 auth-trunc 'hmac(sha1)' 0x$AUTH 96
check "the peer's policy of both" ip -n gb xfrm policy update src 10.2.0.0/24 dst 10.1.0.0/24 dir out \
	tmpl src $GB dst $GA proto esp reqid 1 mode tunnel tmpl src $GB dst $GA proto ah reqid 2 mode transport
flow hb ha $HA 10 5 200 > "$WORK/flow.out" 2>&1 & flow=$!
check "some packets wait" waitfor 60 some_sent
check "the keys of AH" cmap -n ga sa add dir in proto ah $PROXIES spi "$ah" auth hmac-sha1-96 $AUTH bundle
check "all packets are under way" waitfor 60 sent 10
[ -s "$WORK/flow.out" ]; ok $((! $?)) "none is delivered before the keys of ESP are there"
check "the keys of ESP" ours "$spi" ah-spi "$ah"
wait $flow
like "$(cat "$WORK/flow.out")" "received 10 lost 0 duplicate 0 reordered 0 corrupt 0" "all come, in order"
is "$(cmap -n ga -s sa show | grep -c 'packets 10 bytes')" 2 "both SAs count them once"
is "$(invalid)" "$before" "nothing was dropped"
cmap -n ga sa flush > /dev/null
check "the peer's policy of ESP alone" ip -n gb xfrm policy update src 10.2.0.0/24 dst 10.1.0.0/24 dir out tmpl src $GB dst $GA proto esp reqid 1 mode tunnel

# gone TEXT COMMAND...: what waits goes, and is counted
gone() {
	local text=$1 before; shift
	before=$(invalid); spi=$(cmap -n ga sa spi-alloc dst $GA); theirs "$spi"
	ns hb "$HERE/flow.py" send $HA 7777 10 100 200
	check "$text: 10 packets wait" waitfor 10 sent 10
	check "$text" "$@"
	check "$text: they are counted" waitfor 10 counted "$before" 10
}
give_back() { cmap -n ga sa del spi "$spi" dst $GA; }
gone "the reservation is given back" give_back
gone "all SAs are flushed" cmap -n ga sa flush

note "packets wait, and their interface, namespace or module goes"
spi=$(cmap -n ga sa spi-alloc dst $GA); theirs "$spi"
ns hb "$HERE/flow.py" send $HA 7777 10 100 200
check "10 packets wait" waitfor 10 sent 10
check "their interface goes, and does not wait for them" timeout 10 ip -n ga link del wan
check "the keys come" ours "$spi"
like "$(cmap -n ga -s sa show)" "packets 0 bytes" "what came by it is gone"
cmap -n ga sa flush > /dev/null
wire ga wan $GA/24 r a 192.0.2.254/24; ip -n ga route add default via 192.0.2.254
check "bound again" cmap -n ga link set dev wan map M
spi=$(cmap -n ga sa spi-alloc dst $GA); theirs "$spi"
ns hb "$HERE/flow.py" send $HA 7777 10 100 200
check "10 packets wait" waitfor 10 sent 10
ip -n gb xfrm policy flush; ip -n gb xfrm state flush
check "their namespace goes" ip netns del ga
finish
