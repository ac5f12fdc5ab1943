#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: tunnel devices: routes by device, carrier by SA, statistics, MTU, offloads, IPv6; an XFRM interface as the peer; removal under traffic
# two CPUs: devices go under traffic
. "$(dirname "$0")/lib.sh"
load_module
topology6
ENC=000102030405060708090a0b0c0d0e0f AUTH=000102030405060708090a0b0c0d0e0f10111213
KEYS="enc aes-cbc $ENC auth hmac-sha1-96 $AUTH"
T4="local-proxy 0.0.0.0/0 remote-proxy 0.0.0.0/0 $KEYS" T6="local-proxy ::/0 remote-proxy ::/0 $KEYS"
ROOM=1438	# 1500 - 20 - 8 - 16 - 12, a whole number of blocks, without pad length and next header

# side GATEWAY: sets me, peer, inside (the tunnel's address), beyond (the network behind the peer), in and out (SPIs)
side() {
	if [ "$1" = ga ]; then me=$GA peer=$GB inside=10.9.0.1/30 beyond=10.2.0.0/24 inside6=2001:db8:9::1/64 beyond6=2001:db8:2::/64 in=0x200 out=0x100
	else me=$GB peer=$GA inside=10.9.0.2/30 beyond=10.1.0.0/24 inside6=2001:db8:9::2/64 beyond6=2001:db8:1::/64 in=0x100 out=0x200; fi
}
# device GATEWAY: Tunnel23 with an address and the route by it; nothing bound
device() {
	side "$1"
	ip -n "$1" link add Tunnel23 link wan type cryptomap && ns "$1" sysctl -qw net.ipv6.conf.Tunnel23.disable_ipv6=1 &&
		ip -n "$1" addr add $inside dev Tunnel23 && ip -n "$1" link set Tunnel23 up && ip -n "$1" route replace $beyond dev Tunnel23
}
map() {
	side "$1"
	cmap -n "$1" map add T seq 10 peer $peer hold 5 acl permit any any acl permit ::/0 ::/0 && cmap -n "$1" link set dev Tunnel23 map T
}
# sas GATEWAY in|out: for IPv4 inside; sas6: for IPv6
sas() {
	side "$1"
	if [ "$2" = in ]; then set -- "$1" in $in $peer $me; else set -- "$1" out $out $me $peer; fi
	# shellcheck disable=SC2086
	cmap -n "$1" sa add dir "$2" map T seq 10 proto esp spi "$3" src "$4" dst "$5" $T4
}
sas6() {
	side "$1"
	if [ "$2" = in ]; then set -- "$1" in ${in}6 $peer $me; else set -- "$1" out ${out}6 $me $peer; fi
	# shellcheck disable=SC2086
	cmap -n "$1" sa add dir "$2" map T seq 10 proto esp spi "$3" src "$4" dst "$5" $T6
}
all_up() {
	local g
	for g in ga gb; do device $g && map $g && sas $g in && sas $g out || return 1; done
	waitfor 10 carrier ga 1 && waitfor 10 carrier gb 1
}
all_down() {
	local g
	for g in ga gb; do ip -n $g link del Tunnel23; cmap -n $g map del T; done 2> /dev/null
	return 0
}
# carrier GATEWAY 0|1, as ip tells it
carrier() {
	local up
	if ip -n "$1" -j link show dev "${3:-Tunnel23}" | grep -q NO-CARRIER; then up=0; else up=1; fi
	[ $up = "$2" ]
}
# count GATEWAY rx|tx WORD
count() { ip -n "$1" -s -j link show dev "${4:-Tunnel23}" | python3 -c "import json,sys; print(json.load(sys.stdin)[0]['stats64']['$2']['$3'])"; }
mtu_to() { ns "$1" ip route get "$2" | grep -oE 'mtu [0-9]+' | cut -d' ' -f2; }

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
like "$(grep request "$WORK/tcpdump.log")" '10.9.0.2 > 10.1.0.1' "it was translated before encryption"
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

note "streams"
start echo hb "$HERE/echo.py" serve
start echo-ga ga "$HERE/echo.py" serve
waitfor 30 grep -q ready "$WORK/echo.log"; waitfor 30 grep -q ready "$WORK/echo-ga.log"
for off in on off; do
	for g in ga gb; do
		for i in Tunnel23 lan wan; do ns $g ethtool -K $i tso $off gso $off gro $off sg $off tx $off > /dev/null 2>&1; done
	done
	like "$(ns ga ethtool -k Tunnel23)" "tcp-segmentation-offload: $off" "offloads are $off"
	check "offloads $off: a stream through both gateways" ns ha "$HERE/echo.py" stream $HB 3000000
	check "offloads $off: and back" ns ha "$HERE/echo.py" pull $HB 3000000
	check "offloads $off: from a gateway itself" ns ga "$HERE/echo.py" stream $HB 3000000
	check "offloads $off: to a gateway" ns hb "$HERE/echo.py" stream 10.9.0.1 3000000
done
is "$(count ga tx errors) $(count ga rx errors) $(count gb tx errors) $(count gb rx errors)" "0 0 0 0" "without an error"
stop echo; stop echo-ga

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

note "a Linux XFRM interface as the peer"
xfrm_peer() {
	local dir
	ip -n gb link add ipsec0 type xfrm dev wan if_id 7 || return 1
	ns gb sysctl -qw net.ipv6.conf.ipsec0.disable_ipv6=1
	ip -n gb link set ipsec0 mtu $ROOM up && ip -n gb addr add 10.9.0.2/30 dev ipsec0 && ip -n gb route replace 10.1.0.0/24 dev ipsec0 || return 1
	for dir in "0x200 $GB $GA" "0x100 $GA $GB"; do
		# shellcheck disable=SC2086
		set -- $dir
		ip -n gb xfrm state add src "$2" dst "$3" proto esp spi "$1" reqid 7 mode tunnel if_id 7 replay-window 32 flag af-unspec enc 'cbc(aes)' 0x$ENC auth-trunc 'hmac(sha1)' 0x$AUTH 96 || return 1
	done
	ip -n gb xfrm policy add src 0.0.0.0/0 dst 0.0.0.0/0 dir out if_id 7 tmpl src $GB dst $GA proto esp reqid 7 mode tunnel &&
		ip -n gb xfrm policy add src 0.0.0.0/0 dst 0.0.0.0/0 dir in if_id 7 tmpl src $GA dst $GB proto esp reqid 7 mode tunnel &&
		ip -n gb xfrm policy add src 0.0.0.0/0 dst 0.0.0.0/0 dir fwd if_id 7 tmpl src $GA dst $GB proto esp reqid 7 mode tunnel
}
modprobe -a xfrm_interface esp4 2> /dev/null
if ip -n gb link add probe type xfrm dev wan if_id 9 2> /dev/null; then
	ip -n gb link del probe
	check "there" xfrm_peer
	check "ours here" eval 'device ga && map ga && sas ga in && sas ga out && waitfor 10 carrier ga 1'
	check "pings pass" ns ha ping -c 2 -i 0.2 -W 10 $HB
	check "a flow there" flow ha hb $HB 60 200 700
	check "a flow back" flow hb ha $HA 60 200 700
	is "$(count ga tx packets) $(count ga rx packets)" "$(count gb rx packets ipsec0) $(count gb tx packets ipsec0)" "both count the same packets"
	start echo hb "$HERE/echo.py" serve
	waitfor 30 grep -q ready "$WORK/echo.log"
	check "a stream there" ns ha "$HERE/echo.py" stream $HB 2000000
	check "a stream back" ns ha "$HERE/echo.py" pull $HB 2000000
	stop echo
	ip -n gb link del ipsec0; ip -n gb xfrm state flush; ip -n gb xfrm policy flush
else
	skip "a Linux XFRM interface as the peer" "this kernel has none"
fi
all_down

note "GRE, protected in transport mode by a map below it"
gre() {
	local g
	for g in ga gb; do
		side $g
		ip -n $g link add gre1 type gre local $me remote $peer ttl 64 && ns $g sysctl -qw net.ipv6.conf.gre1.disable_ipv6=1 &&
			ip -n $g link set gre1 mtu 1400 up && ip -n $g addr add $inside dev gre1 && ip -n $g route replace $beyond dev gre1 &&
			cmap -n $g map add G seq 10 peer $peer acl permit proto 47 $me/32 $peer/32 && cmap -n $g link set dev wan map G || return 1
		# shellcheck disable=SC2086
		set -- map G seq 10 proto esp mode transport local-proxy $me/32 remote-proxy $peer/32 proxy-proto 47 $KEYS
		cmap -n $g sa add dir in spi $in src $peer dst $me "$@" && cmap -n $g sa add dir out spi $out src $me dst $peer "$@" || return 1
	done
}
modprobe -a ip_gre 2> /dev/null
if ip -n ga link add probe type gre local $GA remote 192.0.2.99 2> /dev/null; then
	ip -n ga link del probe
	check "GRE and maps" gre
	start tcpdump r tcpdump -Unnli a "host $GA"
	waitfor 30 grep -q listening "$WORK/tcpdump.log"
	check "a flow by GRE" flow ha hb $HB 20 100 600
	check "and back" flow hb ha $HA 20 100 600
	seen() { [ "$(grep -c ESP "$WORK/tcpdump.log")" -ge 40 ]; }
	check "40 ESP packets were under way" waitfor 10 seen
	unlike "$(cat "$WORK/tcpdump.log")" GRE "and no GRE in clear"
	stop tcpdump
	for g in ga gb; do ip -n $g link del gre1; cmap -n $g link del dev wan; cmap -n $g map del G; done
else
	skip "GRE in transport mode" "this kernel has no GRE"
fi

note "removal under traffic"
traffic() {
	ip netns exec ha ping -f -q -w 60 $HB > /dev/null 2>&1 & T1=$!
	ip netns exec hb ping -f -q -s 1400 -w 60 $HA > /dev/null 2>&1 & T2=$!
	waitfor 20 flowing
}
flowing() { [ "$(count ga rx packets)" -gt 100 ]; }
quiet() { kill $T1 $T2; wait $T1 $T2 2> /dev/null; }
for i in 1 2 3; do
	check "round $i: both up" all_up
	traffic; ok $? "round $i: packets flow"
	check "round $i: the device goes" ip -n ga link del Tunnel23
	is "$(cmap -n ga link show)" "" "round $i: its binding went with it"
	check "round $i: the map can go" cmap -n ga map del T
	quiet
	all_down
done
check "both up" all_up
traffic; ok $? "packets flow"
check "rmmod under traffic" rmmod cryptomap
is "$(ip -n ga -o link show | grep -c Tunnel)$(ip -n gb -o link show | grep -c Tunnel)" "00" "the devices went with it"
quiet
load_module
check "both up again" all_up
traffic; ok $? "packets flow"
check "a namespace goes under traffic" ip netns del gb
quiet
ip -n ga link del Tunnel23; cmap -n ga map del T
finish
