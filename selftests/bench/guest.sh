#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: guest.sh full|quick|smoke
# In a guest with --icount: instructions per packet through four gateways, for each row of the table below. Prints "row
# {JSON}" for each, and notes. Each gateway is a namespace:
#
#   gen-NAME --- in NAME out      in: a cable, 192.0.2.1   out: a dummy, 198.51.100.1; packets end there
#
# forward has no IPsec; xfrm is Linux's own; offload the same with esp4_offload and esp6_offload, and GRO on the way in;
# ours is cryptomap. No gateway has a firewall or conntrack. Packets have as much headroom as drivers of network cards give
# them (NET_SKB_PAD): the cables are ports of a bridge that is down and has a port that asks for it.
set -u
. "$(dirname "$0")/rows.sh"
GATEWAYS=(forward xfrm offload ours)
WORK=$(mktemp -d)
KEY16=000102030405060708090a0b0c0d0e0f KEY20=${KEY16}10111213
declare -A ME=([4out]=198.51.100.1 [4in]=192.0.2.1 [6out]=2001:db8:b::1 [6in]=2001:db8:a::1)
declare -A PEER=([4out]=198.51.100.2 [4in]=192.0.2.2 [6out]=2001:db8:b::2 [6in]=2001:db8:a::2)

die() { echo "bench: $*"; exit 1; }
gateway() { # NAME
	ip netns add "$1"
	ip netns exec "$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.default.rp_filter=0 net.ipv6.conf.default.accept_dad=0
	ip link add "gen-$1" type veth peer name in netns "$1"
	ip link set "gen-$1" addrgenmode none master room up
	ip -n "$1" -batch - <<-X
	link set lo up
	link add out type dummy
	link set in up
	link set out up
	addr add 192.0.2.1/24 dev in
	addr add 198.51.100.1/24 dev out
	addr add 2001:db8:a::1/64 dev in nodad
	addr add 2001:db8:b::1/128 dev lo
	route add 10.2.0.0/16 dev out
	route add 10.1.0.0/16 via 192.0.2.2
	route add 2001:db8:b::/64 dev out
	route add 2001:db8:2::/64 dev out
	route add 2001:db8:1::/64 via 2001:db8:a::2
	X
}

# proxies FAMILY SAS: for each SA its index, this side's and the other side's addresses (of the sender: 1 -> 2)
proxies() {
	awk -v v="$1" -v n="$2" 'BEGIN {
		if (n == 1) { print 0, v == 4 ? "10.1.0.0/16 10.2.0.0/16" : "2001:db8:1::/64 2001:db8:2::/64"; exit }
		for (i = 0; i < n; i++) {
			a = int((i + 1) / 256); b = (i + 1) % 256
			if (v == 4) printf "%d 10.1.0.1/32 10.2.%d.%d/32\n", i, a, b
			else printf "%d 2001:db8:1::1/128 2001:db8:2::%x:%x/128\n", i, a, b
		}
	}'
}
# The same SAs for XFRM and for us: CIPHER FAMILY WAY(out, in) ENCAP SAS
xfrm_batch() {
	local src=${ME[$2$3]} dst=${PEER[$2$3]} alg encap="" directions=out
	[ "$3" = out ] || { src=${PEER[$2$3]} dst=${ME[$2$3]} directions="in fwd"; }
	alg="aead rfc4106(gcm(aes)) 0x$KEY20 128"
	[ "$1" = aes-128-gcm ] || alg="enc cbc(aes) 0x$KEY16 auth-trunc hmac(sha1) 0x$KEY20 96"
	[ "$4" = plain ] || encap="encap espinudp 4500 4500 $([ "$2" = 4 ] && echo 0.0.0.0 || echo ::)"
	proxies "$2" "$5" | awk -v src="$src" -v dst="$dst" -v alg="$alg" -v encap="$encap" -v directions="$directions" '{
		printf "xfrm state add src %s dst %s proto esp spi %d reqid %d mode tunnel replay-window 32 %s %s\n", src, dst, 65536 + $1, $1 + 1, alg, encap
		n = split(directions, d, " ")
		for (i = 1; i <= n; i++)
			printf "xfrm policy add src %s dst %s dir %s tmpl src %s dst %s proto esp reqid %d mode tunnel\n", $2, $3, d[i], src, dst, $1 + 1
	}'
}
cmap_batch() {
	local src=${ME[$2$3]} dst=${PEER[$2$3]} alg encap=""
	[ "$3" = out ] || { src=${PEER[$2$3]} dst=${ME[$2$3]}; }
	alg="enc aes-gcm $KEY20"
	[ "$1" = aes-128-gcm ] || alg="enc aes-cbc $KEY16 auth hmac-sha1-96 $KEY20"
	[ "$4" = plain ] || encap="encap 4500 4500"
	proxies "$2" "$5" | awk -v way="$3" -v src="$src" -v dst="$dst" -v peer="${PEER[$2$3]}" -v alg="$alg" -v encap="$encap" '{
		here = $2; there = $3
		if (way == "in") { here = $3; there = $2 }
		printf "map add M seq %d peer %s acl permit %s %s\n", $1 + 1, peer, here, there
		printf "sa add dir %s map M seq %d proto esp spi %d src %s dst %s local-proxy %s remote-proxy %s %s %s\n", way, $1 + 1, 65536 + $1, src, dst, here, there, alg, encap
	}'
	echo "link set dev $3 map M"
}
clear() {
	ip -n xfrm xfrm state flush; ip -n xfrm xfrm policy flush
	ip -n offload xfrm state flush; ip -n offload xfrm policy flush
	cmap -n ours link del dev in; cmap -n ours link del dev out; cmap -n ours map del M
}
# load CIPHER FAMILY WAY ENCAP SAS: into all gateways; fails with the reason if ours has no such thing
load() {
	clear > /dev/null 2>&1
	cmap_batch "$@" > "$WORK/cmap"; xfrm_batch "$@" > "$WORK/xfrm"
	cmap -n ours -batch "$WORK/cmap" > "$WORK/error" 2>&1 || return 1
	# A state takes the offload's functions if they are there when it is made.
	modprobe -r esp4_offload esp6_offload; ip -n xfrm -batch "$WORK/xfrm" || die "XFRM does not take $*"
	modprobe -a esp4_offload esp6_offload; ip -n offload -batch "$WORK/xfrm" || die "XFRM does not take $*"
}

# All at once: time flies in this guest while it waits for a file, and whoever waits for a module gives up.
modprobe -a esp4 esp6 dummy bridge vxlan authenc seqiv echainiv hmac cbc gcm ctr || die "modules are missing"
modprobe -q nf_defrag_ipv6
insmod "$CMAP_KO" || die "the module does not load"
# All packets that pass are a program's in the root namespace; nothing else happens.
sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip link add room type bridge && ip link add head type vxlan id 1 dstport 4789 && ip link set head master room || die "no headroom"
for g in "${GATEWAYS[@]}"; do gateway "$g"; done
ip netns exec offload ethtool -K in gro on || die "no GRO for veth"

loaded=""
rows "$1" | while read -r cipher family direction encap sas flows size packets rounds; do
	way=out; [ "$direction" = encrypt ] || way=in
	work="$encap, $flows flow$([ "$flows" = 1 ] || echo s), $sas SA$([ "$sas" = 1 ] || echo s)"
	if [ "$loaded" != "$cipher $family $way $encap $sas" ]; then
		loaded="$cipher $family $way $encap $sas" received=0
		# shellcheck disable=SC2086
		load $loaded && missing="" || missing=$(head -1 "$WORK/error")
	fi
	[ -z "$missing" ] || { echo "left out: $cipher IPv$family $direction $work $size: $missing"; continue; }
	options=(-s $received)
	received=$((received + (rounds + 1) * packets))
	[ "$cipher" = aes-128-gcm ] || options+=(-c)
	[ "$family" = 4 ] || options+=(-6)
	[ "$direction" = encrypt ] || options+=(-d)
	[ "$encap" = plain ] || options+=(-u)
	if "$CMAP_TOP/build/espbench" "${options[@]}" "$size" "$flows" "$sas" "$packets" "$rounds" "${GATEWAYS[@]}" > "$WORK/out" 2>&1; then
		awk -v work="$work" -v cipher="$cipher" -v size="$size" -v family="$family" -v direction="$direction" '
			{ n[$1] = $2 }
			END { printf "row {\"work\": \"%s\", \"cipher\": \"%s\", \"size\": %d, \"family\": %d, \"direction\": \"%s\", \"forward\": %d, \"xfrm\": %d, \"xfrm_offload\": %d, \"ours\": %d, \"added_ratio\": %.3f}\n",
				work, cipher, size, family, direction, n["forward"], n["xfrm"], n["offload"], n["ours"], (n["ours"] - n["forward"]) / (n["xfrm"] - n["forward"]) }' "$WORK/out"
	else
		echo "failed: $cipher IPv$family $direction $work $size: $(tail -1 "$WORK/out")"
	fi
done
