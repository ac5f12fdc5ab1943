#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: what a configuration says of SAs besides algorithms: manual keys, level per-host, idle time, DF, fragmentation
# not on the debug kernel: it is about programs
. "$(dirname "$0")/lib.sh"
load_module
topology

no_sa() { [ -z "$(cmap -n "$1" sa show)" ]; }
logs() { show ga "$WORK/ikemgr-ga.log"; show gb "$WORK/ikemgr-gb.log"; cmap -n ga -s stats; cmap -n gb -s stats; }
# The wire between a and r, as text: tcpdump may not write into our directory.
capture() { start tcpdump r tcpdump -Uvnnli a ip; waitfor 30 grep -q listening "$WORK/tcpdump.log"; }
# captured TEXT: comes by, sooner or later
captured() { waitfor 10 grep -qE "$1" "$WORK/tcpdump.log"; local rc=$?; stop tcpdump; return $rc; }
begin() { ikemgr_up ga "$WORK/a.conf"; ikemgr_up gb "$WORK/b.conf"; }
end() { stop ikemgr-ga; ok $? "$1: ikemgr ends cleanly"; check "$1: nothing is left there" no_sa ga; stop ikemgr-gb; }

# manual keys: no negotiation at all
manual() { # SIDE IN OUT
	local keys=000102030405060708090a0b0c0d0e0f auth=000102030405060708090a0b0c0d0e0f10111213
	ENTRY="	 set session-key inbound esp $2 cipher $keys authenticator $auth
	 set session-key outbound esp $3 cipher $keys authenticator $auth" ios_conf "$1" | sed 's/ipsec-isakmp/ipsec-manual/'
}
TRANSFORMS="esp-aes esp-sha-hmac" manual a 1000 2000 > "$WORK/a.conf"
TRANSFORMS="esp-aes esp-sha-hmac" manual b 2000 1000 > "$WORK/b.conf"
begin
out=$(ns ha ping -c 5 -i 0.2 -W 28 $HB)
like "$out" ' 5 received' "manual keys: 5 pings" || logs
like "$(cmap -n ga show crypto map)" 'ipsec-manual' "manual keys: show crypto map says so"
like "$(cmap -n ga show crypto map)" 'Inbound esp spi: 1000' "manual keys: and names the SPI"
unlike "$(cmap -n ga show crypto map)" '0102030405' "manual keys: but not the key"
is "$(state ga)" "" "manual keys: there is no IKE SA"
end "manual keys"

# level per-host: a pair of SAs for each pair of hosts
ip -n ha addr add 10.1.0.3/24 dev eth0
for s in a b; do ENTRY=" set security-association level per-host
 set security-association idle-time 60" ios_conf $s > "$WORK/$s.conf"; done
begin
out=$(ns ha ping -c 3 -i 0.2 -W 28 $HB)
like "$out" ' 3 received' "per-host: 3 pings from the first host" || logs
out=$(ns ha ping -c 3 -i 0.2 -W 28 -I 10.1.0.3 $HB)
like "$out" ' 3 received' "per-host: 3 from the second" || logs
like "$(cmap -n ga show crypto ipsec sa)" 'local  ident .addr/mask/prot/port.: .10.1.0.3/255.255.255.255/0/0.' "per-host: it has proxies of its own"
is "$(cmap -n ga -j sa show | grep -o '"spi"' | wc -l)" 4 "per-host: two pairs"
# idle time: nothing more is sent; both pairs go, and the peer is told
check "idle time: the pairs end when they are idle" waitfor 150 no_sa ga || logs
check "idle time: also there" waitfor 10 no_sa gb
end "per-host"

# DF and fragmentation: a packet that is too big for the path after encryption
for s in a b; do EXTRA="crypto ipsec df-bit clear
crypto ipsec fragmentation after-encryption" ios_conf $s > "$WORK/$s.conf"; done
begin
capture
out=$(ns ha ping -c 3 -i 0.2 -W 28 -M do -s 1472 $HB)
like "$out" ' 3 received' "df-bit clear, after-encryption: 1500 bytes with DF pass" || logs
check "df-bit clear, after-encryption: as fragments of ESP" captured 'flags \[\+\], proto ESP'
end "df-bit clear"
for s in a b; do EXTRA="crypto ipsec df-bit set" ios_conf $s > "$WORK/$s.conf"; done
begin
capture
out=$(ns ha ping -c 3 -i 0.2 -W 28 -M dont $HB)
like "$out" ' 3 received' "df-bit set: pings pass"
check "df-bit set: ESP has it" captured 'flags \[DF\], proto ESP'
end "df-bit set"
finish
