#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: TCP's segments made to fit: SYNs in and out, protected and clear, waiting ones, of both families, by tunnel devices; ikemgr's adjust-mss; XFRM is the other end
. "$(dirname "$0")/lib.sh"
load_module
topology6
ip -n r route add 10.1.0.0/24 via $GA; ip -n r route add 2001:db8:1::/64 via $GA6
KEY=000102030405060708090a0b0c0d0e0f AKEY=000102030405060708090a0b0c0d0e0f10111213
KEYS="enc aes-cbc $KEY auth hmac-sha1-96 $AKEY"
XKEYS="enc cbc(aes) 0x$KEY auth-trunc hmac(sha1) 0x$AKEY 96"
NET_A=10.1.0.0/24 NET_B=10.2.0.0/24 NET_A6=2001:db8:1::/64 NET_B6=2001:db8:2::/64
ROOM=1438	# 1500 - 20 - 8 - 16 - 12, a whole number of blocks, without pad length and next header

# pair N LOCAL REMOTE: XFRM's half of a pair of SAs
pair() {
	local n=$1 l=$2 r=$3
	ip -n gb xfrm state add src $GA dst $GB proto esp spi 0x100$n reqid $n mode tunnel flag af-unspec $XKEYS &&
		ip -n gb xfrm state add src $GB dst $GA proto esp spi 0x200$n reqid $n mode tunnel flag af-unspec $XKEYS &&
		ip -n gb xfrm policy add src "$r" dst "$l" dir out tmpl src $GB dst $GA proto esp reqid $n mode tunnel &&
		ip -n gb xfrm policy add src "$l" dst "$r" dir fwd tmpl src $GA dst $GB proto esp reqid $n mode tunnel
}
# sas N MAP LOCAL REMOTE: and our half in ga
sas() {
	local proxies="map $2 seq 10 proto esp local-proxy $3 remote-proxy $4"
	# shellcheck disable=SC2086
	cmap -n ga sa add dir in $proxies spi "0x200$1" src $GB dst $GA $KEYS && cmap -n ga sa add dir out $proxies spi "0x100$1" src $GA dst $GB $KEYS
}
# A SYN that waits is sent again and again.
waits() { cmap -n ga -s -j map show | grep -qE '"held": *[1-9]'; }
link() { cmap -n ga link set dev wan map M "$@"; }

# Every TCP segment that ha, hb and r send or see, all the time; `begin` forgets what was seen.
declare -A MARK
begin() { local n; for n in ha hb r; do MARK[$n]=$(($(wc -l < "$WORK/tcpdump-$n.log") + 1)); done; }
seen() { tail -n "+${MARK[$1]}" "$WORK/tcpdump-$1.log" | grep -qE "$2"; }
knock() { ns ha timeout 20 bash -c "exec 3<>/dev/tcp/$1/7000"; }
# asked TEXT SERVER ADDRESS SYN ANSWER [CHECKSUM]: what the server's SYN is asked for, and what the client
asked() {
	local sum="cksum [^ ]+ ${6:-\\(correct\\)}"
	begin
	check "$1: connected" knock "$3"
	check "$1: the server is asked for segments of $4" waitfor 10 seen "$2" "Flags \\[S\\], $sum.*\\[mss $4,"
	check "$1: the client for segments of $5" waitfor 10 seen ha "Flags \\[S\\.\\], $sum.*\\[mss $5,"
}

for n in hb r; do start "serve-$n" $n "$HERE/echo.py" serve; done
for n in ha hb r; do start "tcpdump-$n" "$n" tcpdump -Uvvnnli "$([ $n = r ] && echo a || echo eth0)" tcp; done
for n in hb r; do waitfor 60 grep -q ready "$WORK/serve-$n.log" || bail "no server in $n"; done
for n in ha hb r; do waitfor 30 grep -q listening "$WORK/tcpdump-$n.log" || bail "no tcpdump in $n"; done
check "XFRM on the other side" eval 'pair 1 $NET_A $NET_B && pair 2 $NET_A6 $NET_B6'
check "a map" cmap -n ga map add M seq 10 peer $GB hold 5 acl permit $NET_A $NET_B acl permit $NET_A6 $NET_B6
check "bound with sizes" link mss 1300 mss6 1200
is "$(cmap -n ga link show)" "wan: map M, mss 1300, mss6 1200" "link show tells them"
like "$(cmap -n ga -j link show)" '"tcp_mss": *1300, *"tcp_mss6": *1200' "in JSON too"
refused() { ! link mss "$1"; }
check "67 bytes are too few" refused 67
check "65535 are too many" refused 65535
is "$(cmap -n ga link show)" "wan: map M, mss 1300, mss6 1200" "what is refused changes nothing"

# The checksums of what crosses cables alone are left to hardware that isn't there.
asked "in clear" r 192.0.2.254 1300 1300 '.*'
asked "in clear, IPv6" r 2001:db8:a::fe 1200 1200 '.*'
begin
knock $HB & SYN=$!
check "a SYN waits for an SA" waitfor 20 waits
link mss auto mss6 auto
check "SAs" eval 'sas 1 M $NET_A $NET_B && sas 2 M $NET_A6 $NET_B6'
wait $SYN; ok $? "it went, and was answered"
check "with what fits into the path" waitfor 10 seen hb "Flags \\[S\\], cksum [^ ]+ \\(correct\\).*\\[mss $((ROOM - 40)),"
is "$(cmap -n ga link show)" "wan: map M, mss auto, mss6 auto" "link show tells auto"
asked "protected, what fits" hb $HB $((ROOM - 40)) $((ROOM - 40))
asked "IPv6 in IPv4, what fits" hb $HB6 $((ROOM - 60)) $((ROOM - 60))
check "a stream out" ns ha "$HERE/echo.py" stream $HB 200000
check "a stream in" ns ha "$HERE/echo.py" pull $HB6 200000
is "$(reason ga fragmentation-needed)" 0 "no sender had to be told"
link mss 1300 mss6 1200
asked "protected" hb $HB 1300 1300
asked "IPv6 in IPv4" hb $HB6 1200 1200

note "by hand"
begin
check "SYNs with odd options" ns ha python3 - <<-P
	import socket, struct
	def words(data):
	    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
	    while total >> 16:
	        total = (total & 0xFFFF) + (total >> 16)
	    return ~total & 0xFFFF
	a, b = socket.inet_aton("$HA"), socket.inet_aton("$HB")
	s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 6)
	for port, flags, options in ((5001, 2, bytes((1, 2, 4, 5, 180, 1, 1, 1))), (5002, 2, b""), (5003, 2, bytes((2, 4, 1, 244))),
	                             (5004, 2, bytes((8, 0, 2, 4, 5, 180, 1, 1))), (5005, 16, bytes((2, 4, 5, 180)))):
	    t = struct.pack("!HHIIBBHHH", port, 7001, 1, 0, 80 + len(options) * 4, flags, 1000, 0, 0) + options
	    check = words(a + b + struct.pack("!HH", 6, len(t)) + t)
	    s.sendto(t[:16] + struct.pack("!H", check) + t[18:], ("$HB", 0))
P
check "an MSS at an odd byte is lowered" waitfor 10 seen hb '\.5001 > .*\(correct\).*options \[nop,mss 1300,nop,nop,nop\]'
check "without an MSS it stays as it is" waitfor 10 seen hb '\.5002 > .*\(correct\).*win 1000, length 0'
check "a small one is not raised" waitfor 10 seen hb '\.5003 > .*\(correct\).*options \[mss 500\]'
check "what can't be read stays as it is" waitfor 10 seen hb '\.5004 > .*\(correct\)'
check "only SYNs are changed" waitfor 10 seen hb '\.5005 > .*\(correct\).*options \[mss 1460\]'
check "bound without a size" link
asked "then as the ends say" hb $HB 1460 1460

note "a tunnel device"
cmap -n ga sa flush; cmap -n ga link del dev wan; cmap -n ga map del M
tunnel() {
	ip -n ga link add Tunnel23 type cryptomap && ip -n ga link set Tunnel23 up && ip -n ga route add $NET_B dev Tunnel23 &&
		cmap -n ga map add T seq 10 peer $GB acl permit any any && cmap -n ga link set dev Tunnel23 map T mss auto && sas 1 T $NET_A $NET_B
}
check "with a map and SAs" tunnel
asked "tunnel" hb $HB $((ROOM - 40)) $((ROOM - 40))
is "$(cmap -n ga link show)" "Tunnel23: map T, tunnel, carrier up, mss auto" "link show tells it"
cmap -n ga sa flush; ip -n ga link del Tunnel23; cmap -n ga map del T

note "a router's configuration"
# configure LINES: below the interface
configure() { EXTRA="interface wan
$1" ios_conf a > "$WORK/a.conf"; }
shows() { [ "$(cmap -n ga link show)" = "$1" ]; }
configure " ip tcp adjust-mss 1360
 ipv6 tcp adjust-mss pmtu"
ikemgr_up ga "$WORK/a.conf"
check "adjust-mss is bound with its map" waitfor 20 shows "wan: map VPN, mss 1360, mss6 auto"
configure " ip tcp adjust-mss 1300"
kill -HUP "${DAEMON[ikemgr-ga]}"
check "and follows it" waitfor 20 shows "wan: map VPN, mss 1300"
stop ikemgr-ga; ok $? "ikemgr ends cleanly"
finish
