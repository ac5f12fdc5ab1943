#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: ESP in UDP against Linux XFRM, beside a daemon's socket on the same port, through a real NAT; IPv4 and IPv6, tunnel and transport
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
		A=$GA B=$GB INA=10.1.0.0/24 INB=10.2.0.0/24 HOST=$HB HOST_A=$HA
	else
		A=$GA6 B=$GB6 INA=2001:db8:1::/64 INB=2001:db8:2::/64 HOST=$HB6 HOST_A=$HA6
	fi
}
# pair SPI-IN SPI-OUT REMOTE-PROXY ENCAP-IN ENCAP-OUT: SAs in ga; "" is without UDP
pair() {
	local proxies="map M seq 10 proto esp mode ${MODE:-tunnel} local-proxy $INA remote-proxy $3"
	printf '%s\n' "sa add dir in $proxies spi $1 src $B dst $A $KEYS replay-window 4096 $4" \
		"sa add dir out $proxies spi $2 src $A dst $B $KEYS $5" | cmap -n ga -batch -
}
# ours [ENCAP-IN] [ENCAP-OUT]
ours() { cmap -n ga sa flush > /dev/null; pair 0x2000 0x1000 "$INB" "${1-encap 4500 4500}" "${2-encap 4500 4500}"; }
# state SRC DST SPI ENCAP [WORD...]: one of XFRM's
xstate() {
	local src=$1 dst=$2 spi=$3 encap=$4; shift 4
	# shellcheck disable=SC2086
	ip -n gb xfrm state add src "$src" dst "$dst" proto esp spi "$spi" reqid 1 mode "${MODE:-tunnel}" replay-window 0 $XKEYS $encap "$@"
}
UDP="encap espinudp 4500 4500 0.0.0.0"
# theirs [ENCAP-OUT] [ENCAP-IN] [SOURCE] [SEQUENCE]: XFRM's in gb
theirs() {
	ip -n gb xfrm state flush
	xstate "$XA" "$XB" 0x1000 "${2-$UDP}" && xstate "${3:-$XB}" "$XA" 0x2000 "${1-$UDP}" ${4:+replay-oseq $4}
}
# policies LOCAL REMOTE SOURCE [DESTINATION]: XFRM's in gb, with the addresses of gb that it sends from and receives at
policies() {
	if [ "${MODE:-tunnel}" = tunnel ]; then
		ip -n gb xfrm policy add src "$1" dst "$2" dir out tmpl src "$3" dst "$XA" proto esp reqid 1 mode tunnel &&
			ip -n gb xfrm policy add src "$2" dst "$1" dir fwd tmpl src "$XA" dst "${4:-$3}" proto esp reqid 1 mode tunnel
	else
		# What goes around it is between the same two hosts: without the first, XFRM's own policy would refuse it.
		ip -n gb xfrm policy add src "$2" dst "$1" proto udp dport 4500 dir in priority 1 action allow &&
			ip -n gb xfrm policy add src "$1" dst "$2" dir out priority 9 tmpl proto esp reqid 1 mode transport &&
			ip -n gb xfrm policy add src "$2" dst "$1" dir in priority 9 tmpl proto esp reqid 1 mode transport
	fi
}
vpn() { cmap -n ga map add M seq 10 peer "$B" acl permit "$INA" "$INB" && cmap -n ga link set dev wan map M; }
unvpn() { ip -n gb xfrm policy flush; cmap -n ga sa flush > /dev/null; cmap -n ga link del dev wan; cmap -n ga map del M; }
xfrm_errors() { ns gb awk '$2 {print $1, $2}' /proc/net/xfrm_stat; }
counters() { cmap -n ga -s sa show | awk '/^in|^out/ {dir = $1} $1 == "packets" {c[dir] = $2 " " $4 " " $6} END {print c["out"] ", " c["in"]}'; }
# more COUNTER-COMMAND BEFORE N: it has grown by N
more() { [ "$(eval "$1")" = $(($2 + $3)) ]; }
keepalives() { cmap -n ga stats | awk '{for (i = 1; i < NF; i++) if ($i == "keepalives") n = $(i + 1)} END {print n + 0}'; }
heard() { grep -cx "$1" "$WORK/daemon.log"; }
send() { ns gb "$HERE/natt.py" "${HOW:-send}" "$B" "$1" "$A" 4500 "${@:2}"; }
arrive() { like "$(ns hb ping -c 2 -i 0.2 -W 10 ${3:+-I $3} "${2:-$HOST_A}")" ' 2 received' "$1"; }

start serve hb "$HERE/echo.py" serve
start serve-ga ga "$HERE/echo.py" serve
start encap gb "$HERE/natt.py" encap 4500 4501
start daemon ga "$HERE/natt.py" listen 4500
for d in serve serve-ga encap daemon; do
	waitfor 60 grep -q ready "$WORK/$d.log" || { show $d "$WORK/$d.log"; bail "$d is not up"; }
done
# What arrives, as the stack counts it: of a train that GRO has made, one.
ns ga nft -f - <<-X
table inet t {
  counter arrived { }
  chain c {
    type filter hook prerouting priority 0
    iif wan udp dport 4500 counter name arrived
  }
}
X
arrived() { ns ga nft list counter inet t arrived | awk '$1 == "packets" {print $2}'; }
received() { counters | cut -d' ' -f4; }
# trains TEXT FEATURE: a stream comes in, and GRO puts datagrams together
trains() {
	local stack sa
	ns ga ethtool -K wan gro on "$2" on > /dev/null
	stack=$(arrived) sa=$(received)
	check "$1" ns ha "$HERE/echo.py" pull "$HOST" 400000
	stack=$(($(arrived) - stack)) sa=$(($(received) - sa))
	[ $stack -gt 0 ] && [ $stack -lt $sa ]; ok $? "$1: $sa packets came as $stack"
	ns ga ethtool -K wan "$2" off gro off > /dev/null
}

tunnel() { # FAMILY
	local f=IPv$1 out packets total expected
	family "$1"; XA=$A XB=$B
	check "$f: a map on the interface" vpn
	check "$f: our SAs" ours; check "$f: XFRM's SAs" theirs
	check "$f: XFRM's policies" policies "$INB" "$INA" "$B"
	out=$(ns ha "$HERE/echo.py" sizes "$HOST" 1 1-8 500 1300 2>&1)
	like "$out" '^packets ' "$f: there and back in UDP, byte for byte"
	read -r _ packets _ total <<< "$out"
	expected="$packets $((total + packets * ($1 == 4 ? 28 : 48))) 0"
	is "$(counters)" "$expected, $expected" "$f: exactly these packets are counted"
	check "$f: a TCP stream out" ns ha "$HERE/echo.py" stream "$HOST" 100000
	check "$f: a TCP stream in" ns ha "$HERE/echo.py" pull "$HOST" 100000
	is "$(counters | grep -o '[0-9]*$') $(xfrm_errors)" "0 " "$f: nothing was dropped, and XFRM has no complaint"
	is "$(grep -v ready "$WORK/daemon.log")" "" "$f: none of it came to the daemon's socket"
}

# GRO leaves alone what has no UDP checksum, which is all of IPv4; and where a socket has the port, it makes lists only.
# A veth peer hands packets to GRO if it does not do TSO.
gro() {
	ns r ethtool -K a tso off
	trains "IPv6: a TCP stream in, GRO makes lists of UDP" rx-gro-list
	stop daemon
	trains "IPv6: a TCP stream in, GRO puts UDP together" rx-udp-gro-forwarding
	start daemon ga "$HERE/natt.py" listen 4500
	waitfor 60 grep -q ready "$WORK/daemon.log"; ok $? "IPv6: the daemon listens again"
	is "$(counters | grep -o '[0-9]*$')" 0 "IPv6: nothing of the trains was dropped"
}

beside() { # FAMILY: what else arrives on the port
	local f=IPv$1 alive spi short icv good
	alive=$(keepalives) spi=$(reason ga invalid-spi) short=$(reason ga truncated)
	check "$f: keepalives, the daemon's and others' datagrams, an SPI that nobody has, a number and nothing behind it are sent" \
		send 4600 ff ff ff 0000000049 ffff 01 0000000a 0000200100000001aabbccdd 0000200000000001 000000ee
	check "$f: what has the non-ESP marker goes to the daemon" waitfor 10 heard 000000ee
	is "$(heard 0000000049) $(heard 0000000a) $(heard ffff) $(heard 01) $(heard ff)" "1 1 1 1 0" \
		"$f: so do those before it, and runts of one byte and two, but no keepalive"
	is "$(($(keepalives) - alive)) $(($(reason ga invalid-spi) - spi)) $(($(reason ga truncated) - short))" "3 1 1" \
		"$f: swallowed and counted: 3 keepalives, an invalid SPI, a truncated packet"
	: > "$WORK/daemon.log"
	[ "$1" = 4 ] || return
	icv=$(reason ga bad-icv) good=$(printf '000020007fffffff%088d' 0)
	HOW=damaged send 4600 "$good" "$good"
	check "$f: not authentic" send 4600 "$good"
	check "$f: is counted" waitfor 10 more "reason ga bad-icv" "$icv" 1
	is "$(reason ga bad-icv)" $((icv + 1)) "$f: once; what has a wrong UDP checksum is UDP's to count"
}

encapsulation() { # FAMILY: UDP where there should be none, and none where there should be
	local f=IPv$1 before
	before=$(reason ga wrong-encapsulation)
	check "$f: XFRM without UDP" theirs "" "" "" 30000
	ns hb ping -c 2 -i 0.2 -W 1 "$HOST_A" > /dev/null 2>&1
	check "$f: bare ESP for an SA in UDP is refused" waitfor 10 more "reason ga wrong-encapsulation" "$before" 2
	check "$f: our SAs without UDP" ours "" ""
	arrive "$f: ESP goes bare"
	before=$(reason ga wrong-encapsulation)
	theirs
	ns hb ping -c 2 -i 0.2 -W 1 "$HOST_A" > /dev/null 2>&1
	check "$f: UDP around the ESP of a plain SA is refused" waitfor 10 more "reason ga wrong-encapsulation" "$before" 2
}

# told WHERE: the event is by a packet, at most one a second
told() { ns hb ping -c 1 -W 1 "$HOST_A" > /dev/null 2>&1; grep -q "peer-moved.*$1" "$WORK/monitor.log"; }
move() { # FAMILY ADDRESS LENGTH [nodad]: the peer's address or port is another
	local f=IPv$1
	check "$f: our SAs" ours
	start monitor ga cmap monitor
	waitfor 20 listening ga
	theirs "encap espinudp 4501 4500 0.0.0.0"
	arrive "$f: packets from another port are delivered, answers go to the old one"
	check "$f: it is told" waitfor 10 told 4501
	# shellcheck disable=SC2086
	ip -n gb addr add "$2/$3" dev wan ${4:-}
	ip -n gb xfrm policy flush; policies "$INB" "$INA" "$2" "$B"; theirs "$UDP" "$UDP" "$2" 10000
	arrive "$f: so are packets from another address"
	check "$f: it is told" waitfor 10 told "$2"
	is "$(cmap -n ga sa show | grep -c "$2\|4501")" 0 "$f: the SAs stay as they were"
	stop monitor
}

for v in 4 6; do
	tunnel $v
	[ $v = 4 ] || gro
	beside $v
	encapsulation $v
	if [ $v = 4 ]; then move 4 198.51.100.7 24; else move 6 2001:db8:b::7 64 nodad; fi
	unvpn
	check "IPv$v: without a map the port is the sockets' own" send 4600 ff 0000200100000001aabbccdd
	check "IPv$v: what looks like ESP" waitfor 10 heard 0000200100000001aabbccdd
	is "$(heard ff)" 1 "IPv$v: a keepalive"
	: > "$WORK/daemon.log"
done

# Two peers behind a NAT: from here both have one address, and the second one another port.
ns r nft -f - <<-X
table ip t {
  chain p { type nat hook postrouting priority 100; oif a ip saddr 198.51.100.0/24 masquerade; }
}
X
NAT=192.0.2.254 GC=198.51.100.2 HC=10.2.0.200
ip -n gb addr add $GC/24 dev wan; ip -n hb addr add $HC/24 dev eth0
family 4
B=$NAT XA=$A XB=$GB
check "NAT: a map on the interface" vpn
check "NAT: SAs of two peers" pair 0x2000 0x1000 10.2.0.0/25 "encap 4500 4500" "encap 4500 4500"
check "NAT: SAs of two peers" pair 0x2001 0x1001 10.2.0.128/25 "encap 4500 4500" "encap 4500 4500"
theirs; XB=$GC; xstate $A $GC 0x1001 "$UDP"; xstate $GC $A 0x2001 "$UDP"
policies 10.2.0.0/25 "$INA" $GB; policies 10.2.0.128/25 "$INA" $GC
start monitor ga cmap monitor
waitfor 20 listening ga
arrive "NAT: the first peer, both directions" $HA $HB
ns hb ping -c 1 -W 1 -I $HC $HA > /dev/null
check "NAT: the second peer has another port, and it is told" waitfor 10 grep -q 'peer-moved.* spi 0x00002001' "$WORK/monitor.log"
port=$(sed -n 's/^peer-moved.* spi 0x00002001 .* encap \([0-9]*\) .*/\1/p' "$WORK/monitor.log" | head -n 1)
check "NAT: the SA in is moved to that port" cmap -n ga sa move spi 0x2001 dst $A encap "${port:-4500}" 4500
check "NAT: the SA out, too" cmap -n ga sa move spi 0x1001 dst $NAT encap 4500 "${port:-4500}"
arrive "NAT: the second peer, both directions" $HA $HC
arrive "NAT: the first one still" $HA $HB
is "$(xfrm_errors)" "XfrmInNoStates 1" "NAT: the one answer in between went to the first peer, the port was not followed"
stop monitor
unvpn

# Transport mode: checksums inside cover addresses that nobody on our side has seen (RFC 3948 3.1.2).
ip -n gb addr del $GC/24 dev wan
INA=$GA/32 INB=$NAT/32 MODE=transport XB=$GB
check "transport: a map on the interface" vpn
check "transport: our SAs" ours
check "transport: XFRM's SAs" theirs
check "transport: XFRM's policies" policies $GB/32 $GA/32 $GB
check "transport: sizes through a NAT" ns gb "$HERE/echo.py" sizes $GA 1 1-4 500 1300
check "transport: a TCP stream to us through a NAT" ns gb "$HERE/echo.py" stream $GA 100000
check "transport: a TCP stream from us" ns gb "$HERE/echo.py" pull $GA 100000
is "$(xfrm_errors)" "XfrmInNoStates 1" "transport: XFRM has no more complaints"
unvpn
note "$(cmap -n ga stats | tr '\n' ' ')"
finish
