#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# not part of make check yet (not seen to pass): ESP in UDP against Linux XFRM, beside a daemon's socket on the same port; IPv4 and IPv6, tunnel and transport
. "$(dirname "$0")/lib.sh"
load_module
topology6
modprobe -a esp4 esp6 2> /dev/null
ENC=00112233445566778899aabbccddeeff AUTH=000102030405060708090a0b0c0d0e0f10111213
KEYS="enc aes-cbc $ENC auth hmac-sha1-96 $AUTH"
XKEYS="enc cbc(aes) 0x$ENC auth-trunc hmac(sha1) 0x$AUTH 96"

# family 4|6: addresses and networks of that family
family() {
	if [ "$1" = 4 ]; then
		A=$GA B=$GB INA=10.1.0.0/24 INB=10.2.0.0/24 HOST=$HB
	else
		A=$GA6 B=$GB6 INA=2001:db8:1::/64 INB=2001:db8:2::/64 HOST=$HB6
	fi
}
# ours [ENCAP-IN] [ENCAP-OUT]: SAs in ga; "" is without UDP
ours() {
	local proxies="map M seq 10 proto esp mode ${MODE:-tunnel} local-proxy $INA remote-proxy $INB"
	cmap -n ga sa flush > /dev/null
	# shellcheck disable=SC2086
	cmap -n ga sa add dir in $proxies spi 0x2000 src "$B" dst "$A" $KEYS replay-window 4096 ${1-encap 4500 4500} &&
		cmap -n ga sa add dir out $proxies spi 0x1000 src "$A" dst "$B" $KEYS ${2-encap 4500 4500}
}
# theirs [ENCAP-OUT] [ENCAP-IN] [SOURCE] [SEQUENCE]: XFRM's in gb
theirs() {
	local from=${3:-$XB} more="reqid 1 mode ${MODE:-tunnel} replay-window 0"
	ip -n gb xfrm state flush
	# shellcheck disable=SC2086
	ip -n gb xfrm state add src "$XA" dst "$XB" proto esp spi 0x1000 $more $XKEYS ${2-encap espinudp 4500 4500 0.0.0.0} &&
		ip -n gb xfrm state add src "$from" dst "$XA" proto esp spi 0x2000 $more $XKEYS ${1-encap espinudp 4500 4500 0.0.0.0} \
			${4:+replay-oseq $4}
}
# policies MODE LOCAL REMOTE SOURCE: XFRM's in gb
policies() {
	ip -n gb xfrm policy flush
	if [ "$1" = tunnel ]; then
		ip -n gb xfrm policy add src "$2" dst "$3" dir out tmpl src "$4" dst "$XA" proto esp reqid 1 mode tunnel &&
			ip -n gb xfrm policy add src "$3" dst "$2" dir fwd tmpl src "$XA" dst "$XB" proto esp reqid 1 mode tunnel &&
			ip -n gb xfrm policy add src "$3" dst "$2" dir in tmpl src "$XA" dst "$XB" proto esp reqid 1 mode tunnel
	else
		# What goes around it is between the same two hosts.
		ip -n gb xfrm policy add src "$3" dst "$2" proto udp dport 4500 dir in priority 1 action allow &&
			ip -n gb xfrm policy add src "$2" dst "$3" dir out priority 9 tmpl proto esp reqid 1 mode transport &&
			ip -n gb xfrm policy add src "$3" dst "$2" dir in priority 9 tmpl proto esp reqid 1 mode transport
	fi
}
vpn() { cmap -n ga map add M seq 10 peer "$B" acl permit "$INA" "$INB" && cmap -n ga link set dev wan map M; }
unvpn() { cmap -n ga sa flush > /dev/null; cmap -n ga link del dev wan; cmap -n ga map del M; }
xfrm_errors() { awk '$2 {print}' <(ns gb cat /proc/net/xfrm_stat 2> /dev/null); }
counters() {
	cmap -n ga -s -j sa show | python3 -c 'import json, sys
s = {sa["dir"]: sa["stats"] for sa in json.load(sys.stdin)}
print(", ".join(" ".join(str(s[d].get(d + x, 0)) for x in ("_packets", "_bytes", "_errors")) for d in ("out", "in")))'
}
stat() { cmap -n ga -j stats | python3 -c 'import json,sys
d=json.load(sys.stdin); d=d[0] if isinstance(d,list) else d
print(d.get(sys.argv[1],0))' "$1"; }
# more COUNTER-COMMAND BEFORE N: it has grown by N
more() { [ "$(eval "$1")" = $(($2 + $3)) ]; }
heard() { grep -c "^$1\$" "$WORK/daemon.log"; }
moved() { grep -c peer-moved "$WORK/monitor.log"; }
send() { ns gb "$HERE/natt.py" "${HOW:-send}" "$B" "$1" "$A" 4500 "${@:2}"; }

start serve hb "$HERE/echo.py" serve
start serve-ga ga "$HERE/echo.py" serve
start encap gb "$HERE/natt.py" encap 4500 4501
for d in serve serve-ga encap; do
	waitfor 60 grep -q ready "$WORK/$d.log" || { show $d "$WORK/$d.log"; bail "$d is not up"; }
done

listening() { # a daemon with its socket on the port
	start daemon ga "$HERE/natt.py" listen 4500
	waitfor 60 grep -q ready "$WORK/daemon.log"
}

tunnel() { # FAMILY
	local f=IPv$1 out packets total expected
	family "$1"; XA=$A XB=$B
	check "$f: a map on the interface" vpn
	check "$f: our SAs" ours; check "$f: XFRM's SAs" theirs
	check "$f: XFRM's policies" policies tunnel "$INB" "$INA" "$B"
	out=$(ns ha "$HERE/echo.py" sizes "$HOST" 2 1-20 500 1300 2>&1)
	like "$out" '^packets ' "$f: there and back in UDP, byte for byte"
	read -r _ packets _ total <<< "$out"
	expected="$packets $((total + packets * ($1 == 4 ? 28 : 48))) 0"
	is "$(counters)" "$expected, $expected" "$f: exactly these packets are counted"
	is "$(xfrm_errors)" "" "$f: XFRM has no complaint"
	check "$f: a TCP stream out" ns ha "$HERE/echo.py" stream "$HOST" 300000
	check "$f: a TCP stream in" ns ha "$HERE/echo.py" pull "$HOST" 300000
	ns ga ethtool -K wan gro on rx-udp-gro-forwarding on > /dev/null 2>&1
	check "$f: a TCP stream in, GRO puts UDP together" ns ha "$HERE/echo.py" pull "$HOST" 1000000
	ns ga ethtool -K wan rx-udp-gro-forwarding off rx-gro-list on > /dev/null 2>&1
	check "$f: a TCP stream in, GRO makes lists of UDP" ns ha "$HERE/echo.py" pull "$HOST" 1000000
	ns ga ethtool -K wan rx-gro-list off > /dev/null 2>&1
	is "$(counters | grep -o '[0-9]*$')" 0 "$f: nothing was dropped on its way in"
	is "$(grep -v ready "$WORK/daemon.log" | cut -c1-40)" "" "$f: none of it came to the daemon's socket"
}

beside() { # FAMILY: what else arrives on the port
	local f=IPv$1 before
	before=$(stat keepalives)
	check "$f: keepalives are sent" send 4600 ff ff ff
	check "$f: they are swallowed and counted" waitfor 10 more "stat keepalives" "$before" 3
	check "$f: the daemon's and others' datagrams are sent" send 4600 0000000049 ff ffff 01 0000000a
	check "$f: the non-ESP marker goes to the daemon" waitfor 10 heard 0000000049
	check "$f: so do runts" waitfor 10 heard 0000000a
	is "$(heard ffff) $(heard 01) $(heard ff)" "1 1 0" "$f: those of two bytes and one, too, but no keepalive"
	before=$(reason ga invalid-spi)
	check "$f: an SPI that nobody has" send 4600 0000200100000001aabbccdd
	check "$f: is counted" waitfor 10 more "reason ga invalid-spi" "$before" 1
	before=$(reason ga truncated)
	check "$f: our SPI and nothing behind the number" send 4600 0000200000000001
	check "$f: is truncated" waitfor 10 more "reason ga truncated" "$before" 1
	[ "$1" = 4 ] || return
	before=$(reason ga bad-icv)
	local good; good=$(printf '000020007fffffff%088d' 0)
	HOW=damaged send 4600 "$good" "$good"
	check "$f: not authentic" send 4600 "$good"
	check "$f: is counted; what has a wrong UDP checksum is not ours to count" waitfor 10 more "reason ga bad-icv" "$before" 1
	is "$(reason ga bad-icv)" $((before + 1)) "$f: once"
}

encapsulation() { # FAMILY: UDP where there should be none, and none where there should be
	local f=IPv$1 before
	before=$(reason ga wrong-encapsulation)
	check "$f: XFRM without UDP" theirs "" "" "" 30000
	ns hb ping -c 2 -i 0.2 -W 1 "${HOST_A}" > /dev/null 2>&1
	check "$f: bare ESP for an SA in UDP" waitfor 10 more "reason ga wrong-encapsulation" "$before" 2
	check "$f: our SAs without UDP" ours "" ""
	check "$f: ESP goes bare" ns ha "$HERE/echo.py" sizes "$HOST" 2 100
	before=$(reason ga wrong-encapsulation)
	theirs
	ns hb ping -c 2 -i 0.2 -W 1 "${HOST_A}" > /dev/null 2>&1
	check "$f: UDP around the ESP of a plain SA" waitfor 10 more "reason ga wrong-encapsulation" "$before" 2
}

move() { # FAMILY ADDRESS ADDRESS/LENGTH [nodad]: the peer's address or port is another
	local f=IPv$1 before
	check "$f: our SAs" ours
	start monitor ga cmap monitor
	waitfor 20 test -s "$WORK/monitor.log"
	check "$f: packets come from another port" theirs "encap espinudp 4501 4500 0.0.0.0"
	check "$f: they are delivered" ns ha "$HERE/echo.py" sizes "$HOST" 2 100
	check "$f: and told" waitfor 10 grep -q "peer-moved.*4501" "$WORK/monitor.log"
	# shellcheck disable=SC2086
	ip -n gb addr add "$3" dev wan ${4:-}
	check "$f: packets come from another address" policies tunnel "$INB" "$INA" "$2"
	check "$f: packets come from another address" theirs "encap espinudp 4500 4500 0.0.0.0" "encap espinudp 4500 4500 0.0.0.0" "$2" 10000
	check "$f: they are delivered, too" ns ha "$HERE/echo.py" sizes "$HOST" 2 100
	check "$f: and told" waitfor 10 grep -q "peer-moved.*$2" "$WORK/monitor.log"
	is "$(cmap -n ga -j sa show | grep -c "\"$2\"")" 0 "$f: the SAs stay as they were"
	stop monitor
}

for v in 4 6; do
	HOST_A=$HA; [ $v = 4 ] || HOST_A=$HA6
	check "IPv$v: a daemon listens" listening
	tunnel $v
	beside $v
	encapsulation $v
	if [ $v = 4 ]; then move 4 198.51.100.7 198.51.100.7/24; else move 6 2001:db8:b::7 2001:db8:b::7/64 nodad; fi
	unvpn
	stop daemon
	check "IPv$v: a daemon listens again" listening
	check "IPv$v: without a map the port is the sockets' own" send 4600 ff 0000200100000001aabbccdd
	check "IPv$v: a keepalive" waitfor 10 heard ff
	check "IPv$v: what looks like ESP" waitfor 10 heard 0000200100000001aabbccdd
	stop daemon
done

# Transport mode through a NAT: checksums inside cover addresses that nobody on our side has seen (RFC 3948 3.1.2).
ns r nft -f - <<-X
table ip t {
  chain p { type nat hook postrouting priority 100; oif a ip saddr $GB masquerade; }
}
X
NAT=192.0.2.254
A=$GA B=$NAT INA=$GA/32 INB=$NAT/32 MODE=transport XA=$GA XB=$GB
check "transport: a map on the interface" vpn
check "transport: our SAs" ours
check "transport: XFRM's SAs" theirs
check "transport: XFRM's policies" policies transport $GB/32 $GA/32
check "transport: sizes through a NAT" ns gb "$HERE/echo.py" sizes $GA 2 1-20 500 1300
check "transport: a TCP stream to us through a NAT" ns gb "$HERE/echo.py" stream $GA 300000
check "transport: a TCP stream from us" ns gb "$HERE/echo.py" pull $GA 300000
is "$(xfrm_errors)" "" "transport: XFRM has no complaint"
unvpn
note "$(cmap -n ga stats | tr '\n' ' ')"
finish
