#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: the path MTU that routers tell about our ESP is learned, in IPv4 and IPv6, bare and in UDP; forged errors are not believed
. "$(dirname "$0")/lib.sh"
load_module
topology6
modprobe -a esp4 esp6 2> /dev/null
# By itself the stack believes any error about UDP, checked or not. So it leaves them to those who check.
ns ga sysctl -qw net.ipv4.ip_no_pmtu_disc=3
ENC=00112233445566778899aabbccddeeff AUTH=000102030405060708090a0b0c0d0e0f10111213
KEYS="enc aes-cbc $ENC auth hmac-sha1-96 $AUTH"
XKEYS="enc cbc(aes) 0x$ENC auth-trunc hmac(sha1) 0x$AUTH 96"

# family 4|6
family() {
	if [ "$1" = 4 ]; then
		A=$GA B=$GB INA=10.1.0.0/24 INB=10.2.0.0/24 FROM=$HA HOST=$HB MIN=68 R=192.0.2.254 OTHER=198.51.100.9
	else
		A=$GA6 B=$GB6 INA=2001:db8:1::/64 INB=2001:db8:2::/64 FROM=$HA6 HOST=$HB6 MIN=1280 R=2001:db8:a::fe OTHER=2001:db8:b::9
	fi
}
# up ENCAP XENCAP: map, SAs on both sides
up() {
	local proxies="map M seq 10 proto esp local-proxy $INA remote-proxy $INB" more="reqid 1 mode tunnel replay-window 0"
	# shellcheck disable=SC2086
	cmap -n ga map add M seq 10 peer $B acl permit $INA $INB && cmap -n ga link set dev wan map M &&
		cmap -n ga sa add dir in $proxies spi 0x2000 src $B dst $A $KEYS replay-window 4096 $1 &&
		cmap -n ga sa add dir out $proxies spi 0x1000 src $A dst $B $KEYS $1 &&
		ip -n gb xfrm state add src $A dst $B proto esp spi 0x1000 $more $XKEYS $2 &&
		ip -n gb xfrm state add src $B dst $A proto esp spi 0x2000 $more $XKEYS $2 &&
		ip -n gb xfrm policy add src "${NET_B:-$INB}" dst "${NET_A:-$INA}" dir out tmpl src $B dst $A proto esp reqid 1 mode tunnel &&
		ip -n gb xfrm policy add src "${NET_A:-$INA}" dst "${NET_B:-$INB}" dir fwd tmpl src $A dst $B proto esp reqid 1 mode tunnel
}
down() {
	ip -n gb xfrm state flush; ip -n gb xfrm policy flush
	cmap -n ga sa flush > /dev/null; cmap -n ga link del dev wan; cmap -n ga map del M
}
forget() { local n; for n in ha ga r gb hb; do ip -n $n -4 route flush cache; ip -n $n -6 route flush cache; done; }
number() { grep -oE "\"$1\": *[0-9]+" | grep -oE '[0-9]+$'; }
# believed: how many errors were
believed() { cmap -n ga -j stats | number path_mtus; }
# path: what the outbound SA knows of its way
path() { cmap -n ga -j trace "$FROM" "$HOST" udp 1 2 iif lan | number path_mtu; }
knows() { [ "$(path)" = "$1" ]; }
# tell: a router's errors, from standard input: MTU WORDS...
tell() { ns r "$HERE/pmtu.py" "$A"; }
# accepted MTU WORDS...: it is believed
accepted() {
	local before; before=$(believed)
	tell <<< "$*" && waitfor 10 knows "$1" && [ "$(believed)" = $((before + 1)) ]
}
# unbelieved TEXT: those on standard input are not: the ping behind them has an answer, so that they have been looked at
unbelieved() {
	local before; before="$(believed) $(path)"
	tell && ns r ping -c 1 -W 10 "$A" > /dev/null 2>&1 || { ok 1 "$1: can't be sent"; return; }
	is "$(believed) $(path)" "$before" "$1"
}

start serve hb "$HERE/echo.py" serve
start encap gb "$HERE/natt.py" encap 4500
waitfor 60 grep -q ready "$WORK/serve.log" || bail "no echo server"
waitfor 60 grep -q ready "$WORK/encap.log" || bail "no socket for UDP"

learn() { # TEXT: a narrow link behind the next router
	local n
	forget
	check "$1: small packets pass" ns ha "$HERE/echo.py" sizes "$HOST" 2 100
	is "$(path)" 1500 "$1: the path is as wide as the interface"
	ip -n r link set dev b mtu 1400; ip -n gb link set dev wan mtu 1400
	check "$1: a TCP stream finds its way through" ns ha timeout 60 "$HERE/echo.py" stream "$HOST" 200000
	is "$(path)" 1400 "$1: the SA's path is known"
	like "$(ip -n ga route get "$B")" 'mtu 1400' "$1: the route's, too"
	ip -n r link set dev b mtu 1500; ip -n gb link set dev wan mtu 1500
	forget
	is "$(path)" 1500 "$1: forgotten with the route's"
}

# Each tells another MTU, by which the one is known that was believed against expectation.
forged() { # TEXT PROTO WORDS...
	local sent="src=$A dst=$B proto=$2 spi=0x1000 seq=1 ${*:3}" over=$2
	unbelieved "$1: nothing that is forged is believed" < <(
		echo "1310 $sent spi=0x1001"		# an SPI that we don't have
		echo "1309 $sent spi=0x2000 src=$B dst=$A"	# of an inbound SA
		echo "1308 $sent dst=$OTHER"
		echo "1307 $sent src=$OTHER"
		echo "1306 $sent seq=100000"		# was not sent
		echo "1305 $sent cut=7"			# too few bytes quoted
		echo "1304 $sent sum=bad src6=$R"
		echo "$((MIN - 1)) $sent"
		echo "1500 $sent"			# no narrower than what is known
		echo "1303 $sent proto=$([ "$over" = esp ] && echo ah || echo esp)"
		[ "$over" != udp ] || echo "1302 $sent sport=4501"
		[ "$over" != udp ] || echo "1301 $sent cut=8"	# ends behind the ports
		[ "$MIN" != 68 ] || echo "1299 $sent offset=185"	# a later fragment
		[ "$MIN" != 68 ] || echo "1298 $sent code=1"	# unreachable
	)
	# shellcheck disable=SC2086
	check "$1: of what was sent is believed" accepted 1300 $sent
	unbelieved "$1: wider again is not" <<< "1400 $sent"
}

for v in 4 6; do
	family $v
	check "IPv$v: SAs on both sides" up "" ""
	learn "IPv$v"
	forged "IPv$v" esp
	down; forget
	check "IPv$v in UDP: SAs on both sides" up "encap 4500 4500" "encap espinudp 4500 4500 0.0.0.0"
	learn "IPv$v in UDP"
	forged "IPv$v in UDP" udp sport=4500 dport=4500
	down; forget
done

# A rule that covers everything must not keep the routers' word from us.
# (Only here: with such a policy XFRM would want hb's own packets protected, too.)
family 4; NET_A=$INA NET_B=$INB INA=0.0.0.0/0 INB=0.0.0.0/0
check "any to any: SAs on both sides" up "" ""
check "any to any: packets pass" ns ha "$HERE/echo.py" sizes "$HOST" 2 100
before=$(reason ga not-ipsec)
check "any to any: what is about our ESP is believed" accepted 1300 src="$A" dst="$B" proto=esp spi=0x1000 seq=1
is "$(reason ga not-ipsec)" "$before" "any to any: though it came in clear"
tell <<< "1200 src=$A dst=$B proto=esp spi=0x1001 seq=1"
refused() { [ "$(reason ga not-ipsec)" -gt "$before" ]; }
check "any to any: what is forged is dropped as any clear packet" waitfor 10 refused
down
finish
