#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: replayed, truncated, flipped, misdirected ESP and clear packets: dropped, and counted under the right reason
. "$(dirname "$0")/lib.sh"
load_module
topology
ip -n r route add 10.1.0.0/24 via $GA
ip -n r route add 192.168.123.0/24 via $GA
ip -n ga addr add 192.168.123.100/32 dev lo; ip -n ga addr add 192.168.123.200/32 dev lo
# Conntrack puts fragments together in front of most of our hooks: the harder case.
ns ga nft -f - <<-X
table ip t {
  chain c { type filter hook prerouting priority 0; ct state invalid counter; }
}
X
# Echo replies to the RFC's echo requests would only ask for an SA.
ns ga sysctl -qw net.ipv4.icmp_echo_ignore_all=1
SA="map M proto esp"
setup() {
	cmap -n ga map add M seq 10 peer $GB acl permit 10.1.0.0/24 10.2.0.0/24 &&
		cmap -n ga map add M seq 20 peer 192.168.123.3 hold 0 acl permit 192.168.123.0/24 192.168.123.3/32 &&
		cmap -n ga link set dev wan map M &&
		cmap -n ga sa add dir in $SA seq 10 spi 0x2000 src $GB dst $GA local-proxy 10.1.0.0/24 remote-proxy 10.2.0.0/24 \
			enc aes-cbc 000102030405060708090a0b0c0d0e0f auth hmac-sha1-96 000102030405060708090a0b0c0d0e0f10111213
}
# rfc SPI DST KEY [AUTH...]: an SA for RFC 3602's packets
rfc() {
	local spi=$1 dst=$2 key=$3; shift 3
	cmap -n ga sa add dir in $SA seq 20 spi "$spi" src 192.168.123.3 dst "$dst" local-proxy 192.168.123.0/24 remote-proxy 192.168.123.3/32 \
		enc aes-cbc "$key" "$@"
}
bench() { # PART...: each line of the bench is a result
	local verdict text
	"$HERE/esp_bad.py" "$@" > "$WORK/bench" 2> "$WORK/bench.err"; ok $? "esp_bad.py $1 ran to its end" || show errors "$WORK/bench.err"
	while read -r verdict text; do ok "$([ "$verdict" = pass ]; echo $?)" "$text"; done < "$WORK/bench"
}
check "map, binding, SAs" setup
bench replays lengths flips trailers inners ecn fragments clear
check "SAs for RFC 3602's packets, without authentication" rfc 0x8765 192.168.123.200 0123456789abcdef0123456789abcdef
check "another for those in transport mode" rfc 0x4321 192.168.123.100 90d382b410eeba7ad938c46cec1a82bf
bench vectors="$HERE/vectors/rfc3602.json"
check "and with authentication" bash -c "cmap -n ga sa del proto esp spi 0x8765 dst 192.168.123.200"
check "and with authentication" rfc 0x8765 192.168.123.200 0123456789abcdef0123456789abcdef \
	auth hmac-sha2-256-128 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
bench vectors_icv="$HERE/vectors/rfc3602.json"
note "$(cmap -n ga stats | tr '\n' ' ')"
cmap -n ga sa flush > /dev/null; cmap -n ga link del dev wan; cmap -n ga map del M
finish
