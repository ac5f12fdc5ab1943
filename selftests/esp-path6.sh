#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: the way out with IPv6: neighbours, outer header, too big, fragments, transport mode, waiting per host; XFRM is the other end
. "$(dirname "$0")/lib.sh"
load_module
topology6
# What comes back is gb's to cut up, and IPv6 has no way to: hb knows what fits.
ip -n hb -6 route replace default via 2001:db8:2::1 mtu 1400
KEY=000102030405060708090a0b0c0d0e0f AKEY=000102030405060708090a0b0c0d0e0f10111213
ENC="enc aes-cbc $KEY auth hmac-sha1-96 $AKEY"
XENC="enc cbc(aes) 0x$KEY auth-trunc hmac(sha1) 0x$AKEY 96"
NET_A=2001:db8:1::/64 NET_B=2001:db8:2::/64
ROOM=1422	# 1500 - 40 - 8 - 16 - 12, a whole number of blocks, without pad length and next header

# peer_sa OUT-LOCAL OUT-REMOTE MODE LOCAL REMOTE [OPTION...]: XFRM's half in gb, both directions
peer() {
	local l=$1 r=$2 mode=$3 mine=$5 theirs=$4 flags=; shift 5
	[ "$mode" = transport ] || flags="flag af-unspec"
	ip -n gb xfrm state flush; ip -n gb xfrm policy flush
	# shellcheck disable=SC2086
	ip -n gb xfrm state add src "$l" dst "$r" proto esp spi 0x1000 reqid 1 mode "$mode" $flags $XENC "$@" &&
		ip -n gb xfrm state add src "$r" dst "$l" proto esp spi 0x2000 reqid 1 mode "$mode" $flags $XENC "$@" &&
		ip -n gb xfrm policy add src "$mine" dst "$theirs" dir out tmpl src "$r" dst "$l" proto esp reqid 1 mode "$mode" &&
		ip -n gb xfrm policy add src "$theirs" dst "$mine" dir fwd tmpl src "$l" dst "$r" proto esp reqid 1 mode "$mode" &&
		ip -n gb xfrm policy add src "$theirs" dst "$mine" dir in tmpl src "$l" dst "$r" proto esp reqid 1 mode "$mode"
}
# ours OUT-LOCAL OUT-REMOTE MODE LOCAL REMOTE [OPTION...]: and our half in ga; options are the outbound SA's
ours() {
	local l=$1 r=$2 mode=$3 proxies="map M seq 10 proto esp mode $3 local-proxy $4 remote-proxy $5"; shift 5
	cmap -n ga sa flush
	# shellcheck disable=SC2086
	cmap -n ga sa add dir in $proxies spi 0x2000 src "$r" dst "$l" $ENC && cmap -n ga sa add dir out $proxies spi 0x1000 src "$l" dst "$r" $ENC "$@"
}
both() { peer "${@:1:5}" && ours "$@"; }
map() { cmap -n ga map replace M seq 10 peer "$@"; }
capture() { start tcpdump r tcpdump -Uvnnli a "$@"; waitfor 30 grep -q listening "$WORK/tcpdump.log"; }
captured() { stop tcpdump; grep -v listening "$WORK/tcpdump.log"; }
# seen COUNT TEXT: so many lines of the capture have it
seen() { [ "$(grep -cE "$2" "$WORK/tcpdump.log")" -ge "$1" ]; }
forget() { local n; for n in ha ga gb hb; do ip -n $n -6 route flush cache; ip -n $n route flush cache; done; }
pings() { local n=$1; shift; ns "$n" ping -c 1 -W 10 "$@" 2>&1; }
held() { [ "$(cmap -n ga -s -j map show | grep -oE '"held": *[0-9]+' | grep -oE '[0-9]+$' | awk '{s += $1} END {print s + 0}')" = "$1" ]; }

check "a map with permit any any for IPv6" eval 'cmap -n ga map add M seq 10 peer $GB6 hold 5 acl permit ::/0 ::/0 && cmap -n ga link set dev wan map M'

note "what IPv6 says to its link"
capture ip6
ip -n ga neigh flush dev wan; ip -n ga addr add 2001:db8:a::77/64 dev wan
check "duplicate address detection and multicast listener reports stay clear" waitfor 20 eval 'seen 1 "multicast listener report" && seen 1 "neighbor solicitation, length 32, who has 2001:db8:a::77"'
ip -n ga addr del 2001:db8:a::77/64 dev wan
captured > /dev/null
check "SAs on both sides" both $GA6 $GB6 tunnel $NET_A $NET_B
ip -n ga neigh flush dev wan
like "$(pings ha $HB6)" ' 1 received' "the next hop is found, for the tunnel too"

note "the outer header"
capture esp
pings ha -Q 0xb8 -s 100 -t 33 $HB6 > /dev/null; pings ha -Q 0x02 -s 100 $HB6 > /dev/null
check "two packets seen" waitfor 20 seen 2 "$GA6 > "
out=$(captured)
like "$out" 'class 0xb8, flowlabel 0x01000, hlim 6[34], next-header ESP \(50\).*'"$GA6 > $GB6" "traffic class copied, flow label by the SPI, hop limit our own"
like "$out" 'class 0x02, flowlabel 0x01000, .*'"$GA6 > $GB6" "ECN copied"

note "path MTU"
like "$(pings ha -M do -s $((ROOM - 48 + 1)) $HB6)" "Packet too big: mtu=$ROOM" "one byte too many: the sender learns $ROOM"
is "$(reason ga fragmentation-needed)" 1 "and it is counted"
like "$(ns ha ip -6 route get $HB6)" "mtu $ROOM" "the sender's route knows it"
forget
like "$(pings ha -M do -s $((ROOM - 48)) $HB6)" ' 1 received' "exactly the room passes"
pings ha -s 4000 $HB6 > /dev/null
like "$(pings ha -s 4000 $HB6)" ' 1 received' "a sender that has learned it sends smaller fragments"
capture 'ip6 and (esp or ip6[6] == 44)'
like "$(pings ga -I 2001:db8:1::1 -M dont -s 4000 $HB6)" ' 1 received' "this host's own packet is cut up"
check "seen" waitfor 20 seen 3 "$GA6 > $GB6: ESP"
unlike "$(captured | grep "$GA6 > ")" 'frag' "before encryption"
pings ga -I 2001:db8:1::1 -M do -s $((ROOM - 48 + 1)) $HB6 > /dev/null
like "$(ns ga ip -6 route get $HB6 from 2001:db8:1::1)" "mtu $ROOM" "its own route learns the size"
forget

start serve hb "$HERE/echo.py" serve
waitfor 60 grep -q ready "$WORK/serve.log" || bail "no echo server"
check "forwarded TCP out" ns ha "$HERE/echo.py" stream $HB6 300000
check "forwarded TCP in" ns ha "$HERE/echo.py" pull $HB6 300000
ip -n ga -6 route add $NET_B via 2001:db8:a::fe src 2001:db8:1::1
check "TCP of this host out" ns ga "$HERE/echo.py" stream $HB6 300000
check "TCP of this host in" ns ga "$HERE/echo.py" pull $HB6 300000
stop serve

note "a narrow path"
ip -n ga -6 route add $GB6/128 via 2001:db8:a::fe mtu 1300
capture 'ip6 and (esp or ip6[6] == 44)'
like "$(pings ha -M do -s 1232 $HB6)" ' 1 received' "1280 bytes pass where the room is less"
check "seen" waitfor 20 seen 1 "$GA6 > $GB6: frag"
check "the outer packet is cut up" waitfor 20 seen 1 "$GA6 > $GB6: frag \(.*0\|1[0-9]+\) ESP"; captured > /dev/null
like "$(pings ha -M do -s 1233 $HB6)" "Packet too big: mtu=1280" "more than 1280 does not: that is what the sender learns"
like "$(pings ga -I 2001:db8:1::1 -M dont -s 3000 $HB6)" ' 1 received' "this host's own larger packet is cut up twice"
ip -n ga -6 route del $GB6/128; forget

note "6 in 4, 4 in 6"
map $GB acl permit $NET_A $NET_B
check "SAs for IPv6 in IPv4" both $GA $GB tunnel $NET_A $NET_B
capture 'host 192.0.2.1'
like "$(pings ha -s 100 -Q 0xb8 $HB6)" ' 1 received' "6 in 4"
check "seen" waitfor 20 seen 1 "$GA > $GB: ESP"
check "DF as IPv6 means it, traffic class copied" waitfor 20 seen 1 'tos 0xb8, .* flags \[DF\], proto ESP'; captured > /dev/null
ip -n ga route add $GB/32 via 192.0.2.254 mtu 1200
capture 'host 192.0.2.1'
like "$(pings ha -M do -s 1232 $HB6)" ' 1 received' "1280 bytes over a narrow IPv4 path"
check "seen" waitfor 20 seen 2 "$GA > $GB"
check "as fragments, without DF" waitfor 20 seen 1 'offset 0, flags \[\+\], proto ESP'; captured > /dev/null
ip -n ga route del $GB/32; forget
map $GB6 acl permit 10.1.0.0/24 10.2.0.0/24
check "SAs for IPv4 in IPv6" both $GA6 $GB6 tunnel 10.1.0.0/24 10.2.0.0/24
like "$(pings ha -M do -s $((ROOM - 28)) $HB)" ' 1 received' "4 in 6, exactly the room"
like "$(pings ha -M do -s $((ROOM - 28 + 1)) $HB)" "Frag needed and DF set \(mtu = $ROOM\)" "one byte too many with DF"
like "$(pings ha -M dont -s 3000 $HB)" ' 1 received' "without DF it is cut up before encryption"
check "fragmentation after encryption" ours $GA6 $GB6 tunnel 10.1.0.0/24 10.2.0.0/24 frag-after
forget
capture 'ip6 and (esp or ip6[6] == 44)'
like "$(pings ha -M dont -s 3000 $HB)" ' 1 received' "passes"
check "seen" waitfor 20 seen 2 "$GA6 > $GB6: frag"
captured > /dev/null
is "$(cmap -n ga -s -j sa show | python3 -c 'import json, sys
print([s["stats"]["out_packets"] for s in json.load(sys.stdin) if s["dir"] == "out"][-1])')" 3 "each of the three fragments that came is one packet of the SA"

note "transport mode"
map $GB6 acl permit ::/0 $GB6/128
check "SAs in transport mode" eval 'peer $GA6 $GB6 transport $GA6/128 $GB6/128 && ours $GA6 $GB6 transport ::/0 $GB6/128'
capture 'ip6 and host 2001:db8:a::1'
like "$(pings ga -I $GA6 -s 100 $GB6)" ' 1 received' "between the ends"
like "$(pings ga -I $GA6 -M dont -s 4000 $GB6)" ' 1 received' "a large packet is encrypted whole, then cut up"
check "seen" waitfor 20 seen 1 "$GA6 > $GB6: frag .* ESP"
check "hop-by-hop and destination options" python3 - <<-P
	import subprocess, sys
	code = "import socket; s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.bind(('$GA6', 0)); \
s.setsockopt(41, 54, bytes((0, 0, 1, 4, 0, 0, 0, 0))); s.setsockopt(41, 59, bytes((0, 0, 1, 4, 0, 0, 0, 0))); s.sendto(b'x' * 50, ('$GB6', 9))"
	sys.exit(subprocess.call(["ip", "netns", "exec", "ga", "python3", "-c", code]))
P
check "seen" waitfor 20 seen 1 "HBH"
check "ESP stands behind the options of each hop, in front of the others" waitfor 20 seen 1 "next-header Options \(0\).*$GA6 > $GB6: HBH \(.*\) ESP"; captured > /dev/null
is "$(ns gb awk '$2 && !/XfrmInNoPols/ {print}' /proc/net/xfrm_stat 2> /dev/null)" "" "XFRM has no complaint"
before=$(reason ga not-between-peers)
pings ha $GB6 > /dev/null &
check "what is not between the ends is dropped and counted" waitfor 20 eval '[ "$(reason ga not-between-peers)" -gt '"$before"' ]'
wait $!

note "per host"
cmap -n ga sa flush; ip -n gb xfrm state flush; ip -n gb xfrm policy flush
check "an entry per host" map $GB6 hold 10 per-host acl permit $NET_A $NET_B
start monitor ga cmap monitor; waitfor 20 listening ga
ip -n ha addr add 2001:db8:1::3/64 dev eth0 nodad
ns ha ping -c 2 -i 0.2 -W 1 -I $HA6 $HB6 > /dev/null 2>&1; ns ha ping -c 2 -i 0.2 -W 1 -I 2001:db8:1::3 $HB6 > /dev/null 2>&1
check "four packets of two hosts wait" waitfor 10 held 4
like "$(grep -i acquire "$WORK/monitor.log" | tr '\n' ' ')" '2001:db8:1::2/128.*2001:db8:1::3/128' "each host's SA is asked for"
stop monitor
check "an SA for one of them" ours $GA6 $GB6 tunnel 2001:db8:1::3/128 $HB6/128
check "its two packets went" waitfor 10 held 2
is "$(cmap -n ga -s -j sa show | python3 -c 'import json, sys
print([s["stats"]["out_packets"] for s in json.load(sys.stdin) if s["dir"] == "out"][-1])')" 2 "through it, the other host's go on waiting"

cmap -n ga sa flush > /dev/null; cmap -n ga link del dev wan; cmap -n ga map del M
finish
