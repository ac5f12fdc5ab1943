#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: combined modes, AES-CTR and short ICVs against Linux XFRM, both directions, all sizes and TCP
# usage: algorithms.sh [quick]	quick: few sizes, for a debug kernel
. "$(dirname "$0")/lib.sh"
load_module
topology
. "$HERE/pair.sh"
ALL="1-70 127-129 255-257 511-513 1000 1023-1025"
[ "${1:-}" = quick ] && ALL="1-20 1000"

# our name, key bytes (salt or nonce included), ICV bytes, XFRM's name; all have 8 bytes of IV and align to 4
CIPHERS="aes-gcm 20 16 rfc4106(gcm(aes))
aes-gcm 28 16 rfc4106(gcm(aes))
aes-gcm 36 16 rfc4106(gcm(aes))
aes-gcm 20 12 rfc4106(gcm(aes))
aes-gcm 20 8 rfc4106(gcm(aes))
aes-gmac 20 16 rfc4543(gcm(aes))
aes-gmac 36 16 rfc4543(gcm(aes))
chacha20-poly1305 36 16 rfc7539esp(chacha20,poly1305)
aes-ctr 20 16 rfc3686(ctr(aes))
aes-ctr 28 16 rfc3686(ctr(aes))
aes-ctr 36 16 rfc3686(ctr(aes))"
ONE_OF_EACH=$(sed -n '1p;6p;8p;9p' <<< "$CIPHERS")

# words NAME KEY-BYTES ICV XFRM-NAME: sets ENC AUTH XENC XAUTH, and ROOM, the largest inner packet
words() {
	local key; key=$(bytes "$2")
	ROOM=$(((1500 - 20 - 8 - 8 - $3) / 4 * 4 - 2))
	if [ "$1" = aes-ctr ]; then
		ENC="enc aes-ctr $key" XENC="enc $4 0x$key"; key=$(bytes 32)
		AUTH="auth hmac-sha2-256-128 $key" XAUTH="auth-trunc hmac(sha256) 0x$key 128"
	else
		ENC="enc $1 $key" XENC="aead $4 0x$key $(($3 * 8))" XAUTH=""
		AUTH=""; [ "$3" = 16 ] || AUTH="icv $3"
	fi
}
both() { ours && theirs && forget; }
# pair TEXT: both ends' SAs
pair() { both > "$WORK/pair" 2>&1; ok $? "$1: SAs on both sides" || { show pair "$WORK/pair"; return 1; }; }

check "a map on the interface" vpn
check "policies on the other side" policies
start serve hb "$HERE/echo.py" serve
waitfor 60 grep -q ready "$WORK/serve.log" || bail "no echo server"

while read -r name klen icv xname; do
	text="$name $((klen * 8 - 32)), ICV $icv"
	words "$name" "$klen" "$icv" "$xname"
	pair "$text" || continue
	# shellcheck disable=SC2086
	sizes "$text" $ALL $((ROOM - 28 - 9))-$((ROOM - 28))
done <<< "$CIPHERS"
note "$(cmap -n ga -d sa show | grep driver | sort -u)"

# Trains, cloned packets, packets with frags: XFRM's window is off, because trains overtake each other.
trains() { # TEXT
	check "$1: forwarded TCP out" ns ha "$HERE/echo.py" stream $HB 1000000
	check "$1: forwarded TCP in" ns ha "$HERE/echo.py" pull $HB 1000000
	start sniff ga tcpdump -Uni any -w "$WORK/any.pcap"
	waitfor 60 grep -q listening "$WORK/sniff.log"
	check "$1: with a sniffer (packets are cloned), out" ns ha "$HERE/echo.py" stream $HB 300000
	check "$1: with a sniffer (packets are cloned), in" ns ha "$HERE/echo.py" pull $HB 300000
	stop sniff INT
	is "$(xfrm_errors)" "" "$1: XFRM has no complaint"
}
while read -r name klen icv xname; do
	words "$name" "$klen" "$icv" "$xname"
	WINDOW=0 pair "$name" && trains "$name"
done <<< "$ONE_OF_EACH"

clear > /dev/null
finish
