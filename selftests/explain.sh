#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: what was dropped, and why, is told packet by packet; what would become of a packet is told as it then happens
. "$(dirname "$0")/lib.sh"
load_module
topology
KEYS="enc aes-cbc 000102030405060708090a0b0c0d0e0f auth hmac-sha1-96 000102030405060708090a0b0c0d0e0f10111213"
ESP="map VPN seq 10 proto esp local-proxy 10.1.0.0/24 remote-proxy 10.2.0.0/24 $KEYS"

udp() { ip netns exec "$1" true && "$HERE/explain.py" udp "$@"; }
wire() { "$HERE/explain.py" wire gb "$@"; }
# last [N]: the last drop of ga as cmap prints it, without its time
last() { cmap -n ga drops | tail -n "${1:-1}" | cut -d' ' -f2-; }
counted() { [ "$(reason ga "$1")" = "$2" ]; }
# dropped TEXT REASON LINE: exactly one packet was counted under the reason, and the ring's last line is LINE
dropped() {
	waitfor 5 counted "$2" $((${SEEN[$2]:-0} + 1))
	is "$(reason ga "$2") $(last)" "$((${SEEN[$2]:-0} + 1)) $3" "$1"
	SEEN[$2]=$((${SEEN[$2]:-0} + 1))
}
declare -A SEEN=()

note "drops on the way out"
check "a map" bash -c "cmap -n ga map add VPN seq 10 peer $GB hold 0 acl permit 10.1.0.0/24 10.2.0.0/24 && cmap -n ga link set dev wan map VPN"
is "$(cmap -n ga drops)" "" "nothing was dropped so far"
udp ha $HB 40000 9 60
dropped "no SA" no-sa "out wan no-sa udp 10.1.0.2:40000 > 10.2.0.2:9 len 60 map VPN 10"
ns ha ping -q -c 1 -W 1 -s 32 $HB > /dev/null
dropped "a protocol without ports" no-sa "out wan no-sa icmp 10.1.0.2 > 10.2.0.2 len 60 map VPN 10"
like "$(cmap -n ga drops | head -n 1)" "^$(date +%H):[0-5][0-9]:[0-5][0-9]\.[0-9]{3} out " "the time is now"
like "$(cmap -n ga drops -v)" '^    look at: show crypto isakmp sa' "-v says what to look at"
check "an SA" cmap -n ga sa add dir out $ESP spi 0x1000 src $GA dst $GB
udp ha $HB 40000 9 1500 df
dropped "too big, with DF" fragmentation-needed "out wan fragmentation-needed udp 10.1.0.2:40000 > 10.2.0.2:9 esp 0x00001000 $GA > $GB len 1500 map VPN 10"
ip -n ga route add 10.2.0.0/24 via 192.0.2.254; ip -n ga route del default
udp ha $HB 40000 9 100
dropped "no route to the peer" no-route "out wan no-route udp 10.1.0.2:40000 > 10.2.0.2:9 esp 0x00001000 $GA > $GB len 100 map VPN 10"
ip -n ga route add default via 192.0.2.254

note "drops on the way in"
check "an SA" cmap -n ga sa add dir in $ESP spi 0x2000 src $GB dst $GA
E="esp 0x00002000 $GB > $GA"
wire invalid-spi
dropped "an SPI that nobody has" invalid-spi "in wan invalid-spi esp 0x00002001 $GB > $GA number 9 len 104 map VPN"
wire good good
dropped "a number that was seen" replay-duplicate "in wan replay-duplicate $E number 7 len 104 map VPN 10"
wire bad-icv
dropped "not authentic" bad-icv "in wan bad-icv $E number 70 len 104 map VPN 10"
wire replay-zero
dropped "number zero" replay-zero "in wan replay-zero $E len 104 map VPN 10"
wire wrong-source
dropped "another source: the one that it came from" wrong-source "in wan wrong-source esp 0x00002000 198.51.100.77 > $GA number 71 len 104 map VPN 10"
wire bad-length
dropped "not a whole number of blocks" bad-length "in wan bad-length $E number 72 len 100 map VPN 10"
wire bad-padding
dropped "wrong padding" bad-padding "in wan bad-padding $E number 73 len 104 map VPN 10"
wire identity
dropped "not the SA's traffic: with its 5-tuple" identity "in wan identity udp 10.3.0.1:1111 > 10.1.0.2:2222 $E number 76 len 38 map VPN 10"
ip -n r route add 10.1.0.0/24 via $GA
udp hb $HA 5000 53 60
dropped "in clear, but a line demands protection" not-ipsec "in wan not-ipsec udp 10.2.0.2:5000 > 10.1.0.2:53 len 60 map VPN 10"

finish
