#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: what a peer says beside its exchanges: RESPONDER_LIFETIME and INVALID_SPI between two of ours, the commit bit of strongSwan's message 2, which a router in between sets
# not on the debug kernel: it is about programs
. "$(dirname "$0")/lib.sh"
load_module
topology

export TRANSFORMS="esp-aes esp-sha-hmac" IKE=aes128-sha1-modp1024 ESP=aes128-sha1 POLICY=" encr aes
 authentication pre-share
 group 2"
logs() { local f; for f in "$WORK"/ikemgr-*.log "$WORK"/debug*.log; do show "$f" "$f" 40; done; }
no_sa() { [ -z "$(cmap -n "$1" sa show)" ]; }
# left NS: what its SAs have left, largest first: kilobytes and seconds
left() { cmap -n "$1" show crypto ipsec sa | sed -n 's/.*sa timing: remaining key lifetime (k\/sec): (\([0-9]*\)\/\([0-9]*\)).*/\1 \2/p' | sort -rn | head -n 1; }
within() { [ "${1:-0}" -gt "$2" ] && [ "$1" -le "$3" ]; } # VALUE ABOVE AT-MOST

note "the responder takes less than was offered, and says so"
ios_conf a > "$WORK/a.conf"
LIFETIME="crypto ipsec security-association lifetime seconds 900
crypto ipsec security-association lifetime kilobytes 100000" ios_conf b > "$WORK/b.conf"
ikemgr_up ga "$WORK/a.conf"; ikemgr_up gb "$WORK/b.conf"
start debug ga stdbuf -oL cmap debug crypto isakmp; waitfor 20 subscribed ga
like "$(ns ha ping -c 3 -i 0.2 -W 28 $HB)" ' 3 received' "RESPONDER_LIFETIME: ping through the tunnel, none lost" || logs
for n in ga gb; do
	read -r kilobytes seconds <<< "$(left $n)"
	check "RESPONDER_LIFETIME: $n has at most 900 s (it has ${seconds:-none})" within "${seconds:-}" 800 900
	check "RESPONDER_LIFETIME: and at most 100000 kilobytes (${kilobytes:-none})" within "${kilobytes:-}" 99000 100000
done
like "$(cat "$WORK/debug.log")" 'RESPONDER_LIFETIME' "RESPONDER_LIFETIME: debug crypto isakmp shows it" || logs
stop debug

note "the other gateway loses its SAs without a word"
sed -i 's/^crypto map VPN 10/crypto isakmp invalid-spi-recovery\n&/' "$WORK/b.conf"
old=$(cmap -n ga -j sa show | jq -r '.[] | select(.dir == "out") | .spi')
stop ikemgr-gb KILL
cmap -n gb sa flush > /dev/null
ikemgr_up gb "$WORK/b.conf"
start debug ga stdbuf -oL cmap debug crypto isakmp; waitfor 20 subscribed ga
start pings ha ping -i 0.2 -c 300 $HB
check "INVALID_SPI: it comes" waitfor 30 grep -q 'INVALID_SPI' "$WORK/debug.log" || logs
check "INVALID_SPI: a new pair is made, and pings are answered" waitfor 30 grep -q 'bytes from' "$WORK/pings.log" || logs
stop pings INT
unlike "$(cmap -n ga -j sa show | jq -r '.[] | select(.dir == "out") | .spi')" "$old" "INVALID_SPI: the SA that the other one does not have is gone"
is "$(cmap -n ga -j sa show | jq length) $(cmap -n gb -j sa show | jq length)" "2 2" "INVALID_SPI: there is one pair, on both sides"
like "$(flow ha hb $HB 100 200 500)" 'received 100 lost 0 duplicate 0 reordered 0 corrupt 0' "INVALID_SPI: then nothing is lost"
stop debug
stop ikemgr-ga; ok $? "ikemgr ends cleanly"
check "its deletes left nothing on the other side" waitfor 10 no_sa gb
stop ikemgr-gb

# first TEXT: the first ping makes the tunnel; $WORK/waited: ms from our message 3 to our first packet
first() {
	local out
	charon_up gb "$WORK/b.conf"; ikemgr_up ga "$WORK/a.conf"
	start tcpdump r tcpdump -ttnnlUi a "src $GA and (esp or udp port 500)"; waitfor 30 grep -q listening "$WORK/tcpdump.log"
	out=$(ns ha ping -c 5 -i 0.2 -W 28 $HB)
	like "$out" ' 5 received' "$1: 5 pings, none lost" || { logs; charon_log gb | tail -n 30 | sed 's/^/#   /'; }
	check "$1: the packets were seen" waitfor 10 grep -q 'seq=0x5)' "$WORK/tcpdump.log"
	awk '/oakley-quick/ { quick = $1 } /ESP.*seq=0x1\)/ { printf "%d\n", ($1 - quick) * 1000 }' "$WORK/tcpdump.log" > "$WORK/waited"
	stop tcpdump
	stop ikemgr-ga; ok $? "$1: ikemgr ends cleanly"
	stop charon-gb
}
note "the commit bit: message 2 says that CONNECTED will follow; it never does, and is not waited for beyond 3 s"
swan_conf b > "$WORK/b.conf"
# Flags and exchange type of the ISAKMP header (RFC 2408 3.1); the header is neither encrypted nor authenticated.
ns r nft -f - <<-X
	table ip commit {
		counter flagged { }
		chain forward {
			type filter hook forward priority 0
			ip saddr $GB udp sport 500 @th,208,8 32 @th,216,8 set 3 counter name flagged
		}
	}
X
first "commit bit"
check "commit bit: it was set" within "$(ns r nft list counter ip commit flagged | awk '$1 == "packets" {print $2}')" 0 9
like "$(cat "$WORK/ikemgr-ga.log")" "peer $GB set the commit bit: the outbound SA waits for its CONNECTED, at most 3000 ms" "commit bit: the daemon says what it waits for"
check "commit bit: the pair is used after 3 s (first packet after $(cat "$WORK/waited") ms)" within "$(cat "$WORK/waited")" 2900 60000
# The first SA of strongSwan's took its time: the kernel loads the modules for XFRM.
ns r nft delete table ip commit
first "no commit bit"
unlike "$(cat "$WORK/ikemgr-ga.log")" 'commit bit' "no commit bit: nothing is waited for"
check "no commit bit: the pair is used at once (first packet after $(cat "$WORK/waited") ms)" within "$(cat "$WORK/waited")" -1 2499
finish
