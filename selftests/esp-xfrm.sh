#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: our ESP against Linux XFRM with manual keys: each cipher x hash, both directions, sizes from 1 byte to the MTU
# usage: esp-xfrm.sh [quick]	quick, or on the debug kernel: AES-128 and NULL with SHA1 only
. "$(dirname "$0")/lib.sh"
load_module
topology

# bytes N: a key of N bytes, never the same twice in a run
KEYS=0
bytes() { KEYS=$((KEYS + 1)); printf '%s' "$KEYS" | sha512sum | cut -c1-$(($1 * 2)); }

# our name, key bytes, block and IV bytes, XFRM's name
CIPHERS="aes-cbc 16 16 cbc(aes)
aes-cbc 24 16 cbc(aes)
aes-cbc 32 16 cbc(aes)
3des-cbc 24 8 cbc(des3_ede)
des-cbc 8 8 cbc(des)
null 0 0 ecb(cipher_null)"
# our name, key bytes, ICV bytes, XFRM's name
AUTHS="hmac-md5-96 16 12 hmac(md5)
hmac-sha1-96 20 12 hmac(sha1)
hmac-sha2-256-128 32 16 hmac(sha256)
hmac-sha2-384-192 48 24 hmac(sha384)
hmac-sha2-512-256 64 32 hmac(sha512)
none 0 0 -"

vpn() { # a map on the interface
	cmap -n ga map add M seq 10 peer $GB acl permit 10.1.0.0/24 10.2.0.0/24 && cmap -n ga link set dev wan map M
}
clear() { cmap -n ga sa flush && cmap -n ga link del dev wan && cmap -n ga map del M; }
if [ "${1:-}" = quick ] || [ "$CMAP_KERNEL" = debug ]; then CIPHERS=$(sed -n '1p;6p' <<< "$CIPHERS") AUTHS=$(sed -n 2p <<< "$AUTHS"); fi

ours() { # one pair of SAs in ga
	local proxies="map M seq 10 proto esp local-proxy 10.1.0.0/24 remote-proxy 10.2.0.0/24"
	# shellcheck disable=SC2086
	cmap -n ga sa add dir in $proxies spi 0x2000 src $GB dst $GA $ENC $AUTH &&
		cmap -n ga sa add dir out $proxies spi 0x1000 src $GA dst $GB $ENC $AUTH
}
theirs() { # the other end's
	local end
	{
		echo "xfrm state flush"
		for end in "src $GA dst $GB spi 0x1000" "src $GB dst $GA spi 0x2000"; do
			echo "xfrm state add $end proto esp reqid 1 mode tunnel $XENC $XAUTH replay-window ${WINDOW:-32}"
		done
	} | ip -n gb -batch -
}
policies() {
	ip -n gb xfrm policy add src 10.2.0.0/24 dst 10.1.0.0/24 dir out tmpl src $GB dst $GA proto esp reqid 1 mode tunnel &&
		ip -n gb xfrm policy add src 10.1.0.0/24 dst 10.2.0.0/24 dir fwd tmpl src $GA dst $GB proto esp reqid 1 mode tunnel &&
		ip -n gb xfrm policy add src 10.1.0.0/24 dst 10.2.0.0/24 dir in tmpl src $GA dst $GB proto esp reqid 1 mode tunnel
}
pair() { # CIPHER-LINE AUTH-LINE: both ends' SAs; sets ROOM, the largest inner packet
	local key name klen block icv xname
	cmap -n ga sa flush > /dev/null
	read -r name klen block xname <<< "$1"
	key=$(bytes "$klen"); ENC="enc $name $key"; XENC="enc $xname ${key:+0x}${key:-\"\"}"
	[ "$block" = 0 ] && block=4 IV=0 || IV=$block
	read -r name klen icv xname <<< "$2"
	key=$(bytes "$klen"); AUTH="auth $name $key"; XAUTH="auth-trunc $xname 0x$key $((icv * 8))"
	[ "$name" != none ] || { AUTH=""; XAUTH='auth digest_null ""'; }
	ROOM=$(((1500 - 20 - 8 - IV - icv) / block * block - 2))
	ours && theirs
}
# counters: "packets bytes errors" of our SAs, outbound and inbound
counters() {
	cmap -n ga -s -j sa show | jq -r '[("out", "in") as $d | ([.[] | select(.dir == $d)] | last.stats) as $s |
		["_packets", "_bytes", "_errors"] | map($s[$d + .] // 0 | tostring) | join(" ")] | join(", ")'
}
# A path MTU learned with another pair of SAs lets hosts cut up what fits now.
forget() { local n; for n in ha ga gb hb; do ip -n $n route flush cache; done; }
# A packet socket on both wires of ga clones every packet that passes.
sniffed() {
	local rc=0
	start sniff-wan ga tcpdump -Uni wan -w "$WORK/wan.pcap"; start sniff-lan ga tcpdump -Uni lan -w "$WORK/lan.pcap"
	waitfor 60 grep -q listening "$WORK/sniff-wan.log" && waitfor 60 grep -q listening "$WORK/sniff-lan.log" || rc=1
	ns ha "$HERE/echo.py" stream $HB 500000 && ns ha "$HERE/echo.py" pull $HB 500000 &&
		ns ha "$HERE/echo.py" sizes $HB 1 1-20 100 1000 $((ROOM - 28)) || rc=1
	stop sniff-wan INT; stop sniff-lan INT
	return $rc
}
xfrm_errors() { awk '$2 {print}' <(ns gb cat /proc/net/xfrm_stat 2> /dev/null); }
# All that passes the router and is not ESP: nothing may leak.
clear_packets() { ns r nft list chain ip watch forward | sed -n 's/.*counter packets \([0-9]*\).*/\1/p'; }

check "a map on the interface" vpn
check "policies on the other side" policies
ns r nft -f - <<-X
table ip watch {
  chain forward {
    type filter hook forward priority 0;
    ip protocol != esp ip protocol != icmp counter
  }
}
X
start serve hb "$HERE/echo.py" serve
waitfor 60 grep -q ready "$WORK/serve.log" || bail "no echo server"

while read -r cipher; do
	while read -r auth; do
		[ "${cipher%% *}" = null ] && [ "${auth%% *}" = none ] && continue
		read -r c bits _ <<< "$cipher"; text="$c $((bits * 8)) ${auth%% *}"
		pair "$cipher" "$auth" > "$WORK/pair" 2>&1; ok $? "$text: SAs on both sides" || { show pair "$WORK/pair"; continue; }
		out=$(ns ha "$HERE/echo.py" sizes $HB 1 1-70 127-129 255-257 511-513 1000 1023-1025 $((ROOM - 28 - 17))-$((ROOM - 28)) 2>&1)
		like "$out" '^packets ' "$text: every size to the MTU ($ROOM) there and back, byte for byte"
		read -r _ packets _ total <<< "$out"
		expected="$packets $((total + packets * 28)) 0"
		is "$(counters)" "$expected, $expected" "$text: exactly these packets are counted"
		is "$(xfrm_errors)" "" "$text: XFRM has no complaint"
	done <<< "$AUTHS"
done <<< "$CIPHERS"

# Shapes: what the cipher meets beside single linear packets. Two processors hand trains on here, so that packets overtake
# each other by more than XFRM's window of 32: it is off.
shapes() { # TEXT
	forget
	check "$1: forwarded TCP trains out" ns ha "$HERE/echo.py" stream $HB 1000000
	check "$1: forwarded TCP trains in" ns ha "$HERE/echo.py" pull $HB 1000000
	check "$1: TCP of this host out" ns ga "$HERE/echo.py" stream $HB 1000000
	check "$1: TCP of this host in" ns ga "$HERE/echo.py" pull $HB 1000000
	check "$1: with a sniffer (packets are cloned)" sniffed
	like "$(ns ha "$HERE/echo.py" sizes $HB 1 $((ROOM - 27)) 1500 3000 9000 20000 2>&1)" '^packets 5 ' "$1: larger than the MTU: cut up before encryption"
	is "$(xfrm_errors)" "" "$1: XFRM has no complaint"
}
WINDOW=0
ip -n ga route replace 10.2.0.0/24 via 192.0.2.254 src 10.1.0.1
while read -r cipher; do
	pair "$cipher" "hmac-sha2-256-128 32 16 hmac(sha256)" > "$WORK/pair" 2>&1
	ok $? "${cipher%% *}: SAs on both sides" || { show pair "$WORK/pair"; continue; }
	shapes "${cipher%% *}"
done <<< "$(sed -n '1p;4p;6p' <<< "$CIPHERS")"
is "$(clear_packets)" 0 "nothing passed the router in clear"

# The same through drivers that answer later, for kernels that have no others.
check "everything is taken down" clear
check "the module unloads" rmmod cryptomap
modprobe cryptd
load_module force_async=1
check "asynchronous: a map on the interface" vpn
while read -r cipher; do
	read -r name bits _ <<< "$cipher"
	text="asynchronous $name $((bits * 8))"
	pair "$cipher" "hmac-sha1-96 20 12 hmac(sha1)" > "$WORK/pair" 2>&1
	ok $? "$text: SAs on both sides" || { show pair "$WORK/pair"; continue; }
	like "$(cmap -n ga -d sa show)" 'driver cryptd\(' "$text: the driver is an asynchronous one"
	forget
	out=$(ns ha "$HERE/echo.py" sizes $HB 1 1-70 1000 $((ROOM - 28 - 17))-$((ROOM - 28)) 2>&1)
	like "$out" '^packets ' "$text: sizes there and back, byte for byte"
	read -r _ packets _ total <<< "$out"
	expected="$packets $((total + packets * 28)) 0"
	is "$(counters)" "$expected, $expected" "$text: exactly these packets are counted"
	[ "$bits" = 16 ] && shapes "$text"
done <<< "$(sed -n '1p;4p;5p' <<< "$CIPHERS")"
ip netns exec ha timeout 30 "$HERE/echo.py" stream $HB 100000000 2> /dev/null & STREAM=$!
moving() { [ "$(counters | cut -d' ' -f1)" -gt 1000 ]; }
check "asynchronous: packets are under way" waitfor 20 moving
check "asynchronous: the module unloads in the middle of it" rmmod cryptomap
kill $STREAM; wait $STREAM 2> /dev/null
is "$(clear_packets)" 0 "nothing passed the router in clear"
finish
