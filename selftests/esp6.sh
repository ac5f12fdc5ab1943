#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: ESP with IPv6 outside, inside or both, extension headers, fragments, RFC 6040; transport mode of both families
. "$(dirname "$0")/lib.sh"
load_module
topology6
ip -n r route add 10.1.0.0/24 via $GA; ip -n r route add 2001:db8:1::/64 via $GA6
IN4=10.1.0.0/24 OUT4=10.2.0.0/24 IN6=2001:db8:1::/64 OUT6=2001:db8:2::/64
KEYS="enc aes-cbc 000102030405060708090a0b0c0d0e0f auth hmac-sha1-96 000102030405060708090a0b0c0d0e0f10111213"

# sa SEQ SPI SRC DST LOCAL REMOTE [MORE...]
sa() {
	local seq=$1 spi=$2 src=$3 dst=$4 local=$5 remote=$6; shift 6
	# shellcheck disable=SC2086
	cmap -n ga sa add dir in map M seq "$seq" proto esp spi "$spi" src "$src" dst "$dst" local-proxy "$local" remote-proxy "$remote" $KEYS "$@"
}
setup() {
	cmap -n ga map add M seq 10 peer $GB6 acl permit $IN4 $OUT4 &&
		cmap -n ga map add M seq 20 peer $GB6 acl permit $IN6 $OUT6 &&
		cmap -n ga link set dev wan map M &&
		sa 10 0x2046 $GB6 $GA6 $IN4 $OUT4 && sa 20 0x2066 $GB6 $GA6 $IN6 $OUT6 && sa 20 0x2064 $GB $GA $IN6 $OUT6
}
# Packets between the gateways themselves: not while others send to ga in clear.
setup_transport() {
	cmap -n ga map add M seq 30 peer $GB acl permit proto udp $GA/32 $GB/32 &&
		cmap -n ga map add M seq 40 peer $GB6 acl permit proto udp $GA6/128 $GB6/128 &&
		cmap -n ga sa add dir in map M seq 30 proto esp spi 0x2444 src $GB dst $GA mode transport \
			local-proxy $GA/32 remote-proxy $GB/32 proxy-proto udp $KEYS &&
		cmap -n ga sa add dir in map M seq 40 proto esp spi 0x2666 src $GB6 dst $GA6 mode transport \
			local-proxy $GA6/128 remote-proxy $GB6/128 proxy-proto udp $KEYS
}
bench() { # TEXT PART...: each line of the bench is a result
	local verdict text
	"$HERE/esp6.py" "${@:2}" > "$WORK/bench" 2> "$WORK/bench.err"; ok $? "$1: esp6.py ran to its end" || show errors "$WORK/bench.err"
	while read -r verdict text; do ok "$([ "$verdict" = pass ]; echo $?)" "$1: $text"; done < "$WORK/bench"
}
neighbours() { ip -n ga -6 neigh flush dev wan && ns ga ping -6 -c 1 -W 10 2001:db8:a::fe; }
take_down() { cmap -n ga sa flush > /dev/null; cmap -n ga link del dev wan; cmap -n ga map del M; }

check "map, binding, SAs" setup
check "neighbours are found" neighbours
bench "IPv6" mixed inners extensions clear outer_fragments
check "transport mode: SAs" setup_transport
bench "transport" transport
take_down
# Conntrack puts fragments together in front of our hooks.
ns ga nft -f - <<-X
table inet t {
  chain c { type filter hook prerouting priority 0; ct state invalid counter; }
}
X
check "with conntrack: map, binding, SAs" setup
bench "with conntrack" inners clear outer_fragments
check "a rule for everything: neighbours are still found" bash -c "cmap -n ga map add M seq 50 peer $GB6 hold 0 acl permit ::/0 ::/0"
ip -n ga -6 neigh flush dev wan
found() { ns r ping -6 -c 1 -W 1 2001:db8:a::1 > /dev/null; ip -n r -6 neigh show 2001:db8:a::1 | grep -qE 'REACHABLE|DELAY|STALE'; }
ip -n r -6 neigh flush dev a
check "a rule for everything: the router finds us" waitfor 10 found
note "$(cmap -n ga stats | tr '\n' ' ')"
take_down
finish
