#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: two of our gateways, every cipher x hash x group of phase 1 and every transform of phase 2
# not on the debug kernel: it is about programs
. "$(dirname "$0")/lib.sh"
load_module
topology

up() { # TEXT: bring the tunnel up by a ping from ha; both ends agree; down again
	local out
	ios_conf a > "$WORK/a.conf"; ios_conf b > "$WORK/b.conf"
	ikemgr_up ga "$WORK/a.conf"; ikemgr_up gb "$WORK/b.conf"
	out=$(ns ha ping -c 3 -i 0.2 -W 28 $HB)
	like "$out" ' 3 received' "$1: ping through the tunnel, none lost" ||
		{ show ga "$WORK/ikemgr-ga.log"; show gb "$WORK/ikemgr-gb.log"; }
	is "$(state ga) $(state gb)" "QM_IDLE QM_IDLE" "$1: QM_IDLE on both"
	stop ikemgr-ga; ok $? "$1: the initiator ends cleanly"
	check "$1: its deletes left nothing on the other side" waitfor 10 no_sa gb
	stop ikemgr-gb
}
no_sa() { [ -z "$(cmap -n "$1" sa show)" ]; }

# Each value of each dimension at least once with each of its neighbours, not the whole product.
i=0
enc=(des 3des aes "aes 192" "aes 256") hash=(md5 sha sha256 sha384 sha512) group=(1 2 5 14 15 16)
esp=(esp-des esp-3des esp-aes "esp-aes 192" "esp-aes 256") auth=(esp-md5-hmac esp-sha-hmac esp-sha256-hmac esp-sha384-hmac esp-sha512-hmac)
for e in 0 1 2 3 4; do
	for h in 0 1 2 3 4; do
		g=${group[$(((e + h) % 6))]}
		POLICY=" encr ${enc[e]}
 hash ${hash[h]}
 authentication pre-share
 group $g" TRANSFORMS="${esp[$(((e + i) % 5))]} ${auth[h]}" up "${enc[e]}/${hash[h]}/group $g, ${esp[$(((e + i) % 5))]} ${auth[h]}"
		i=$((i + 1))
		[ "${QUICK:-}" ] && break
	done
done
finish
