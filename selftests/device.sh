# SPDX-License-Identifier: GPL-2.0-only
# Tunnel23, a tunnel device of ours, in two gateways with manual keys: what its tests share. Sourced behind lib.sh, after
# topology6. shellcheck shell=bash
# shellcheck disable=SC2034
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
