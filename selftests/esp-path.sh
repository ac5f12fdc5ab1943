#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: a packet's way: conntrack and NAT before encryption, hold queue, path MTU, outer header, routes, what stays clear
. "$(dirname "$0")/lib.sh"
load_module
topology
KEYS="enc aes-cbc 000102030405060708090a0b0c0d0e0f auth hmac-sha1-96 000102030405060708090a0b0c0d0e0f10111213"
PROXIES="map M seq 10 proto esp local-proxy 0.0.0.0/0 remote-proxy 0.0.0.0/0 $KEYS"
ROOM=1438	# 1500 - 20 - 8 - 16 - 12, a whole number of blocks, without pad length and next header

# map ACL...: the entry in ga; gb's is the mirror of "permit any any"
map() {
	cmap -n ga map replace M seq 10 peer $GB hold 5 "$@"
}
inbound() {
	# shellcheck disable=SC2086
	cmap -n ga sa add dir in $PROXIES spi 0x200 src $GB dst $GA && cmap -n gb sa add dir in $PROXIES spi 0x100 src $GA dst $GB
}
outbound() {
	# shellcheck disable=SC2086
	cmap -n gb sa add dir out $PROXIES spi 0x200 src $GB dst $GA && cmap -n ga sa add dir out $PROXIES spi 0x100 src $GA dst $GB
}
setup() {
	local g
	for g in ga gb; do
		cmap -n $g map add M seq 10 peer $([ $g = ga ] && echo $GB || echo $GA) hold 5 acl permit any any &&
			cmap -n $g link set dev wan map M || return 1
	done
	inbound
}
# capture FILTER: what the router sees of it, until `captured`
capture() { start tcpdump r tcpdump -Uvnnli a "$@"; waitfor 30 grep -q listening "$WORK/tcpdump.log"; }
captured() { stop tcpdump; grep -v listening "$WORK/tcpdump.log"; }
held() { [ "$(cmap -n ga -s -j map show | grep -oE '"held": *[0-9]+' | grep -oE '[0-9]+$')" = "$1" ]; }

check "maps with permit ip any any, inbound SAs" setup

note "the hold queue"
start monitor ga cmap monitor; waitfor 20 listening ga
ns ha "$HERE/flow.py" send $HB 9000 3 100 50
check "three packets wait for an SA" waitfor 10 held 3
check "an ACQUIRE was sent" waitfor 10 grep -q 'acquire.*M' "$WORK/monitor.log"
stop monitor
start flow hb "$HERE/flow.py" recv 9000 3 20
waitfor 20 grep -q ready "$WORK/flow.log"
check "outbound SAs" outbound
check "the queue is empty" waitfor 10 held 0
check "its packets have ended the flow" waitfor 10 grep -q received "$WORK/flow.log"
is "$(grep received "$WORK/flow.log")" "received 3 lost 0 duplicate 0 reordered 0 corrupt 0" "they came, in order"
check "the SA goes" cmap -n ga sa del spi 0x100 dst $GB
before=$(reason ga no-sa) WAIT_FROM=$(date +%s)
ns ha "$HERE/flow.py" send $HB 9000 9 100 50
check "the queue holds five" waitfor 10 held 5
is "$(reason ga no-sa)" $((before + 4)) "the other four are counted as no-sa"

note "what is never encrypted"
capture 'udp port 500 or udp port 4500'
ns ga bash -c "exec 3<>/dev/udp/$GB/500" 2> /dev/null
ns ga python3 -c "import socket
for sport, dport in ((500, 500), (4500, 4500)):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', sport)); s.sendto(b'IKE', ('$GB', dport))"
check "IKE from this host to its peer stays clear" waitfor 10 bash -c "[ \$(grep -cE '192.0.2.1.4?500 >' $WORK/tcpdump.log) -ge 2 ]"
captured > /dev/null

check "packets that waited 30 s are dropped" waitfor 45 held 0
like "$(($(date +%s) - WAIT_FROM))" '^(29|3[0-9]|4[0-5])$' "after 30 s, not before"
is "$(reason ga hold-timeout)" 5 "and counted as hold-timeout"

note "the outer header"
# shellcheck disable=SC2086
check "an outbound SA again" cmap -n ga sa add dir out $PROXIES spi 0x102 src $GA dst $GB
# shellcheck disable=SC2086
check "and the other side's" cmap -n gb sa add dir in $PROXIES spi 0x102 src $GA dst $GB
capture esp
ns ha ping -c 1 -W 10 -Q 0xb8 -M do -s 100 -t 33 $HB > /dev/null
ns ha ping -c 1 -W 10 -Q 0x02 -M dont -s 100 $HB > /dev/null
check "two packets seen there" waitfor 10 bash -c "[ \$(grep -c '192.0.2.1 > ' $WORK/tcpdump.log) -ge 2 ]"
out=$(captured)
like "$out" 'tos 0xb8, ttl 6[34], id 0, offset 0, flags \[DF\], proto ESP' "TOS and DF are the inner packet's, TTL is our own"
like "$out" 'tos 0x2,ECT\(0\), ttl 6[34], id [1-9][0-9]*, offset 0, flags \[none\], proto ESP' "ECN too; without DF it has an identification"
unlike "$out" 'proto (ICMP|UDP|TCP)' "nothing in clear"

note "path MTU"
like "$(ns ha ping -c 1 -W 2 -M do -s $((ROOM - 28 + 1)) $HB)" "Frag needed and DF set \(mtu = $ROOM\)" "one byte too many with DF: the sender learns $ROOM"
is "$(reason ga fragmentation-needed)" 1 "and it is counted"
ns ha ip route flush cache
like "$(ns ha ping -c 1 -W 10 -M do -s $((ROOM - 28)) $HB)" ' 1 received' "exactly the room passes"
like "$(ns ha ping -c 1 -W 10 -M dont -s 4000 $HB)" ' 1 received' "without DF it is cut up before encryption"
ns ga ping -c 1 -W 2 -M do -s $((ROOM - 28 + 1)) $HB > /dev/null 2>&1
like "$(ns ga ip route get $HB)" "mtu $ROOM" "this host's own route learns it too"
ns ga ip route flush cache
ip -n ga route replace 198.51.100.0/24 via 192.0.2.254 mtu 1400
like "$(ns ha ping -c 1 -W 2 -M do -s 1400 $HB)" "mtu = 1342" "a smaller MTU on the way to the peer is seen at once"
ip -n ga route del 198.51.100.0/24; ns ha ip route flush cache

note "routes"
ip -n ga route add unreachable 198.51.100.0/24
before=$(reason ga no-route)
ns ha ping -c 2 -i 0.2 -W 1 $HB > /dev/null
is "$(reason ga no-route)" $((before + 2)) "no route to the peer: counted as no-route"
ip -n ga route del unreachable 198.51.100.0/24
like "$(ns ha ping -c 1 -W 10 $HB)" ' 1 received' "a route is back: so is the traffic"

note "conntrack and NAT"
ns ga nft -f - <<-X
table ip t {
  chain f { type filter hook forward priority 0; ct state established counter; }
  chain p { type nat hook postrouting priority srcnat; ip saddr 10.99.0.2 snat to 10.1.0.77; }
  chain d { type nat hook prerouting priority dstnat; ip daddr 10.1.0.99 dnat to 10.1.0.2; }
}
X
like "$(ns ha ping -c 3 -i 0.2 -W 10 $HB)" ' 3 received' "through conntrack"
established() { ns ga nft list chain ip t f | sed -n 's/.*counter packets \([0-9]*\).*/\1/p'; }
[ "$(established)" -ge 5 ]; ok $? "conntrack's entries are confirmed: all but the first packet are established ($(established))"
ip -n ha addr add 10.99.0.2/32 dev lo; ip -n ga route add 10.99.0.2/32 via $HA
check "only the translated source is protected" map acl permit 10.1.0.0/24 10.2.0.0/24
# shellcheck disable=SC2086
check "an SA for it" cmap -n ga sa add dir out map M seq 10 proto esp local-proxy 10.1.0.0/24 remote-proxy 10.2.0.0/24 $KEYS spi 0x101 src $GA dst $GB
# shellcheck disable=SC2086
check "and back" cmap -n ga sa add dir in map M seq 10 proto esp local-proxy 10.1.0.0/24 remote-proxy 10.2.0.0/24 $KEYS spi 0x201 src $GB dst $GA
# shellcheck disable=SC2086
check "on the other side" cmap -n gb sa add dir in $PROXIES spi 0x101 src $GA dst $GB
# shellcheck disable=SC2086
check "on the other side" cmap -n gb sa add dir out $PROXIES spi 0x201 src $GB dst $GA
like "$(ns ha ping -I 10.99.0.2 -c 2 -i 0.2 -W 10 $HB)" ' 2 received' "source NAT before encryption, decryption before its undoing"
like "$(ns hb ping -c 2 -i 0.2 -W 10 10.1.0.99)" ' 2 received' "destination NAT after decryption"
ns ga nft delete table ip t

note "what rules leave in clear"
ip -n r route add 10.1.0.0/24 via $GA; ip -n r route add 10.2.0.0/24 via $GB
check "gb protects nothing" cmap -n gb link del dev wan
check "deny before permit" map acl deny proto icmp 10.1.0.0/24 10.2.0.0/24 acl permit 10.1.0.0/24 10.2.0.0/24
capture icmp
like "$(ns ha ping -c 1 -W 10 $HB)" ' 1 received' "a denied packet goes out, and its answer comes in"
check "in clear" waitfor 10 grep -q '10.1.0.2 > 10.2.0.2: ICMP echo request' "$WORK/tcpdump.log"
captured > /dev/null

for g in ga gb; do cmap -n $g sa flush > /dev/null; done
cmap -n ga link del dev wan; cmap -n ga map del M; cmap -n gb map del M
finish
