#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: tunnel devices: routes by device, carrier by SA, statistics, MTU, IPv6, two of them between the same ends
. "$(dirname "$0")/lib.sh"
load_module
topology6
. "$HERE/device.sh"

note "the device"
check "ip link makes one in each gateway" eval 'device ga && device gb'
is "$(ip -n ga -d -j link show dev Tunnel23 | python3 -c 'import json,sys
d=json.load(sys.stdin)[0]; print(d["linkinfo"]["info_kind"], d["mtu"], d["link_type"], d["link"])')" "cryptomap $ROOM none wan" "its kind, its MTU, and what is below"
check "without a map it has no carrier" carrier ga 0
check "a map of its own" map ga
check "with a map, but without an SA neither" carrier ga 0
check "the MTU can be set" ip -n ga link set Tunnel23 mtu 1400
check "not below what IPv4 needs" eval '! ip -n ga link set Tunnel23 mtu 67'
check "the MTU as it was" ip -n ga link set Tunnel23 mtu $ROOM
check "it does not move to another namespace" eval '! ip -n ga link set Tunnel23 netns gb'
like "$(cmap -n ga link set dev wan map T 2>&1)" 'a tunnel device has its crypto map for itself' "its map can't be bound elsewhere"
check "another map, on wan" eval "cmap -n ga map add W seq 10 peer $GB acl permit 10.77.0.0/16 any && cmap -n ga link set dev wan map W"
like "$(cmap -n ga link set dev Tunnel23 map W 2>&1)" 'a tunnel device has its crypto map for itself' "nor can one that is bound elsewhere be its map"
like "$(cmap -n ga link show)" '^Tunnel23: map T, tunnel, carrier down$' "cmap link show says what it is"
check "wan's map goes" eval "cmap -n ga link del dev wan && cmap -n ga map del W"

note "carrier follows the SAs"
check "an inbound SA" sas ga in
check "carries nothing" carrier ga 0
check "an outbound SA" sas ga out
check "brings it up" waitfor 10 carrier ga 1
like "$(cmap -n ga link show)" '^Tunnel23: map T, tunnel, carrier up$' "cmap link show says so"
check "the SA goes" cmap -n ga sa del spi 0x100 dst $GB
check "and takes the carrier with it" waitfor 10 carrier ga 0
side ga
# shellcheck disable=SC2086
check "one on standby" cmap -n ga sa add dir out map T seq 10 proto esp spi 0x100 src $GA dst $GB standby $T4
check "does not bring it up" carrier ga 0
check "enabled" cmap -n ga sa enable spi 0x100 dst $GB
check "it does" waitfor 10 carrier ga 1
check "unbound: down" eval 'cmap -n ga link del dev Tunnel23 && waitfor 10 carrier ga 0'
check "bound again: up, as the SA is still there" eval 'cmap -n ga link set dev Tunnel23 map T && waitfor 10 carrier ga 1'
check "the other gateway" eval 'map gb && sas gb in && sas gb out && waitfor 10 carrier gb 1'

note "packets"
check "between the hosts, by the route" ns ha ping -c 2 -i 0.2 -W 10 $HB
check "between the tunnel's ends" ns ga ping -c 2 -i 0.2 -W 10 10.9.0.2
for d in ga:tx ga:rx gb:tx gb:rx; do declare "was_${d/:/_}=$(count ${d%:*} ${d#*:} packets) $(count ${d%:*} ${d#*:} bytes)"; done
check "100 packets of 528 bytes" flow ha hb $HB 100 200 500
check "50 packets the other way" flow hb ha $HA 50 200 300
# more GATEWAY DIR: packets and bytes since
more() {
	local -n was=was_$1_$2
	local p=${was% *} b=${was#* }
	echo "$(($(count "$1" "$2" packets) - p)) $(($(count "$1" "$2" bytes) - b))"
}
is "$(more ga tx), $(more gb rx)" "100 52800, 100 52800" "are counted where they went, as inner packets"
is "$(more gb tx), $(more ga rx)" "50 16400, 50 16400" "and back"
is "$(count ga tx dropped) $(count ga rx dropped) $(count ga tx errors) $(count gb tx dropped) $(count gb rx dropped)" "0 0 0 0 0" "nothing else is"
start tcpdump gb tcpdump -Unnli Tunnel23 icmp
waitfor 30 grep -q listening "$WORK/tcpdump.log"
check "a ping" ns ha ping -c 1 -W 10 $HB
seen() { grep -q "$HA > $HB: ICMP echo request" "$WORK/tcpdump.log" && grep -q "$HB > $HA: ICMP echo reply" "$WORK/tcpdump.log"; }
check "tcpdump on the tunnel sees both directions in clear" waitfor 10 seen
stop tcpdump
ns gb nft -f - <<-N
	table ip t {
		chain enter { type filter hook prerouting priority 0; iifname "Tunnel23" ip saddr $HA counter; }
		chain guard { type filter hook forward priority 0; iifname "Tunnel23" oifname "lan" tcp dport 81 reject with icmp type admin-prohibited; }
		chain leave { type nat hook postrouting priority 100; oifname "Tunnel23" ip daddr 10.1.0.1 snat to 10.9.0.2; }
	}
N
check "a ping through a firewall" ns ha ping -c 3 -i 0.2 -W 10 $HB
like "$(ns gb nft list chain ip t enter)" 'counter packets 3 ' "which sees packets come in by the tunnel"
like "$(ns ha nc -w 5 -v -n $HB 81 2>&1 < /dev/null)" 'No route|unreachable|prohibited|denied' "and refuses what it is told to"
start tcpdump ga tcpdump -Unnli Tunnel23 icmp
waitfor 30 grep -q listening "$WORK/tcpdump.log"
check "source NAT on the tunnel, and back" ns hb ping -c 1 -W 10 10.1.0.1
check "it was translated before encryption" waitfor 10 grep -q '10.9.0.2 > 10.1.0.1: ICMP echo request' "$WORK/tcpdump.log"
stop tcpdump
ns gb nft delete table ip t
# What a routing protocol says to its link
ns gb python3 - > "$WORK/hello" <<-X &
	import socket
	s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 89)
	s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("224.0.0.5") + socket.inet_aton("10.9.0.2"))
	print("ready", flush=True)
	s.settimeout(30)
	print(s.recvfrom(2000)[1][0], flush=True)
X
hello=$!
waitfor 20 grep -q ready "$WORK/hello"
ns ga python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 89)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("10.9.0.1"))
s.sendto(b"hello", ("224.0.0.5", 0))'
wait $hello
is "$(tail -n 1 "$WORK/hello")" 10.9.0.1 "multicast: an OSPF hello arrives"
before=$(count gb rx packets)
ns ga python3 - <<-X
	import socket, struct
	def head(check):
	    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 24, 1, 0, 64, 253, check, socket.inet_aton("10.9.0.1"), socket.inet_aton("10.9.0.2"))
	total = sum(struct.unpack("!10H", head(0)))
	total = (total & 0xffff) + (total >> 16)
	s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
	s.sendto(head(~total & 0xffff) + b"test", ("Tunnel23", 0x800))
X
more_by() { [ "$(count gb rx packets)" = $((before + $1)) ]; }
check "what a packet socket sends arrives" waitfor 10 more_by 1

note "what no rule permits"
check "a narrower map" cmap -n ga map replace T seq 10 peer $GB acl permit any 10.2.0.0/25 acl permit 10.9.0.0/30 10.9.0.0/30
# shellcheck disable=SC2086
check "an SA for it" cmap -n ga sa add dir out map T seq 10 proto esp spi 0x101 src $GA dst $GB local-proxy 0.0.0.0/0 remote-proxy 10.2.0.0/25 $KEYS
check "keeps the device up" waitfor 10 carrier ga 1
before=$(reason ga not-permitted)
like "$(ns ha ping -c 1 -W 10 10.2.0.200)" 'Unreachable' "the sender is told"
is "$(count ga tx dropped) $(($(reason ga not-permitted) - before))" "1 1" "and the packet counted"
check "no room for what waits" cmap -n ga map replace T seq 10 peer $GB hold 0 acl permit any 10.2.0.0/25 acl permit 10.9.0.0/30 10.9.0.0/30
before=$(reason ga no-sa)
ns ga "$HERE/flow.py" send 10.9.0.2 9000 7 100 100
is "$(($(reason ga no-sa) - before)) $(count ga tx dropped)" "7 8" "what has no SA is counted too"
all_down

note "sizes"
check "both again" all_up
check "a packet that just fits, with DF" ns ha ping -c 1 -W 10 -M do -s $((ROOM - 28)) $HB
like "$(ns ha ping -c 1 -W 10 -M do -s $((ROOM - 27)) $HB)" "mtu = $ROOM" "one more byte: the device's MTU is told"
like "$(ns ga ping -c 1 -W 10 -M do -s $((ROOM - 27)) 10.9.0.2 2>&1)" "message too long, mtu=$ROOM" "also to us"
check "fragments" ns ha ping -c 1 -W 10 -M dont -s 4000 $HB
check "the way to the peer is narrower" eval 'ip -n ga link set dev wan mtu 1400 && ip -n r link set dev a mtu 1400'
ns ha ip route flush cache
# 1400 - 56, in blocks, less 2
like "$(ns ha ping -c 1 -W 10 -M do -s 1350 $HB)" 'mtu = 1342' "a forwarded packet: what is left inside is told"
like "$(ns ga ping -c 2 -i 0.2 -W 10 -M do -s 1350 10.9.0.2 2>&1)" 'mtu ?= ?1342' "so it is to us"
ns ha ip route flush cache
check "what may be cut up goes" ns ha ping -c 1 -W 10 -M dont -s 1350 $HB
ip -n ga link set dev wan mtu 1500; ip -n r link set dev a mtu 1500
ns ha ip route flush cache

note "IPv6 inside"
for g in ga gb; do
	side $g
	ns $g sysctl -qw net.ipv6.conf.Tunnel23.disable_ipv6=0
	ip -n $g addr add $inside6 dev Tunnel23 nodad
	ip -n $g addr add "fe80::23:$([ $g = ga ] && echo 1 || echo 2)/64" dev Tunnel23 nodad
	ip -n $g route add $beyond6 dev Tunnel23
	sas6 $g in && sas6 $g out
	ok $? "SAs for IPv6 in $g"
done
check "between the hosts" ns ha ping -c 2 -i 0.2 -W 10 $HB6
check "between the tunnel's ends" ns ga ping -c 2 -i 0.2 -W 10 2001:db8:9::2
check "by link-local addresses" ns ga ping -c 2 -i 0.2 -W 10 fe80::23:2%Tunnel23
like "$(ns ha ping -c 1 -W 10 -M do -s 1400 $HB6)" "mtu ?= ?$ROOM" "too big: the sender is told"
all_down

note "the way to the peer must not be the tunnel"
check "both again" all_up
before=$(reason ga loop)
ip -n ga route add $GB/32 dev Tunnel23
check "a route to the peer by the tunnel: lost" eval "! ns ha ping -c 1 -W 1 $HB"
is "$(($(reason ga loop) - before)) $(count ga tx dropped)" "1 1" "as loop"
ip -n ga route del $GB/32
check "and mended" ns ha ping -c 1 -W 10 $HB
all_down

note "two tunnels between the same ends"
two() {
	local g n
	for g in ga gb; do
		side $g
		for n in 1 2; do
			ip -n $g link add Tunnel$n type cryptomap && ns $g sysctl -qw net.ipv6.conf.Tunnel$n.disable_ipv6=1 && ip -n $g link set Tunnel$n up || return 1
			ip -n $g addr add "10.9.$n.$([ $g = ga ] && echo 1 || echo 2)/30" dev Tunnel$n
			cmap -n $g map add T$n seq 10 peer $peer acl permit any any && cmap -n $g link set dev Tunnel$n map T$n || return 1
			# shellcheck disable=SC2086
			cmap -n $g sa add dir in map T$n seq 10 proto esp spi $in$n src $peer dst $me $T4 &&
				cmap -n $g sa add dir out map T$n seq 10 proto esp spi $out$n src $me dst $peer $T4 || return 1
		done
	done
	waitfor 10 carrier ga 1 Tunnel1 && waitfor 10 carrier ga 1 Tunnel2
}
check "both up" two
check "a flow by the first" flow ga gb 10.9.1.2 20 100 100
check "a flow by the second" flow ga gb 10.9.2.2 30 100 100
is "$(count gb rx packets Tunnel1) $(count gb rx packets Tunnel2)" "20 30" "each packet came in by its own"
for g in ga gb; do for n in 1 2; do ip -n $g link del Tunnel$n; cmap -n $g map del T$n; done; done
finish
