#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: IKE with strongSwan and Libreswan, both roles: algorithms, PFS, modes, families, subnets, selectors, NAT
# takes minutes
# not on the debug kernel: it is about programs
# usage: interop.sh [all|cover [TEXT]]	all rows, or (as without arguments) so many that each peer has each value; TEXT: only rows that contain it
[ "${1:-}" != all ] || LIMIT=7000
. "$(dirname "$0")/lib.sh"
load_module
# hb is not needed; gc is one more gateway behind r. Peers' hosts are addresses of their own.
topology6
ip netns add gc
ns gc sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 net.ipv6.conf.all.forwarding=1
wire gc wan 203.0.113.1/24 r c 203.0.113.254/24
ip -n gc -batch - <<< "link set lo up
	route add default via 203.0.113.254
	addr add 2001:db8:c::1/64 dev wan nodad
	route add default via 2001:db8:c::fe"
ip -n r addr add 2001:db8:c::fe/64 dev c nodad
# Each row has networks of its own behind both gateways.
ip -n ga -batch - <<< "addr flush dev lan scope global
	addr add 10.1.0.1/16 dev lan
	addr add 10.65.0.1/16 dev lan
	addr add 2001:db8:1::1/48 dev lan nodad"
ip -n ha -batch - <<< "addr flush dev eth0 scope global
	addr add 10.1.0.2/16 dev eth0
	addr add 2001:db8:1::2/48 dev eth0 nodad
	route replace default via 10.1.0.1
	route replace default via 2001:db8:1::1"
modprobe -aq esp4 esp6 ah4 ah6 xfrm_user authenc seqiv gcm ctr cmac

rows() {
	local x child ike pfs n=0 common
	# PEERS CASE IKE CHILD [OPTION...]
	# Every hash, group and cipher of phase 1, with phase 2 and PFS in turn
	child=(aes128+sha1 aes256+sha1 3des+sha1 gcm128) pfs=("" pfs=2 pfs=5 "" pfs=14)
	for x in des-md5-1 3des-md5-2 3des-sha1-2 aes128-sha1-2 3des-sha1-5 aes128-md5-5 aes192-sha1-5 aes256-sha1-5 aes128-sha1-14 \
		aes256-sha1-14 aes128-sha256-14 aes256-sha256-14 aes256-sha384-14 aes192-sha384-15 aes256-sha512-16 \
		aes128-sha256-19 aes256-sha384-20 aes256-sha512-21 aes256-sha256-24; do
		echo "both tunnel $x ${child[n % 4]} ${pfs[n % 5]}"; n=$((n + 1))
	done
	# Every transform of phase 2
	ike=(aes128-sha1-5 aes256-sha1-5 3des-sha1-5 aes128-sha1-14) pfs=("" pfs=5 pfs=14)
	for x in des+md5 3des+md5 aes128+md5 null+sha1 3des+sha256 aes192+sha1 aes256+sha1 aes128+sha256 aes256+sha256 aes256+sha384 \
		aes256+sha512 gcm128 gcm192 gcm256 gmac128 gmac256 ah-md5 ah-sha1 ah-sha256 ah-sha384 ah-sha512; do
		echo "both tunnel ${ike[n % 4]} $x ${pfs[n % 3]}"; n=$((n + 1))
	done
	for x in 1 2 5 14 15 16 19 20 21 24; do echo "both tunnel ${ike[n % 4]} aes128+sha1 pfs=$x"; n=$((n + 1)); done
	for x in aes128+sha1 gcm256 ah-sha1; do echo "both tunnel aes128-sha1-5 $x transport"; done
	common="aes128-sha1-5 aes128+sha1"
	for x in "outer6 inner6" inner6 outer6 "transport outer6" subnets=3 selector=udp/5001; do echo "both tunnel $common $x"; done
	echo "strongswan tunnel $common esn"
	# pluto aborts half a minute after it has offered compression (the kernel tells it that the CPI it had reserved expires).
	echo "strongswan compress $common swan-child=ipcomp=yes"
	echo "libreswan compress $common libreswan=compress=yes first=us"
	echo "both tunnel $common aggressive"
	echo "both tunnel $common dynamic first=them"
	for x in us them both; do
		echo "both tunnel $common nat=$x"
		# to our offer it answers as RFC 3947 says
		echo "libreswan tunnel $common drafts nat=$x first=them"
		echo "both tunnel $common aggressive nat=$x"
	done
	echo "both delete $common"
	# What does not fit
	echo "both wrong-key $common"
	echo "both wrong-policy $common their-ike=aes192-md5-14"
	echo "both wrong-transform $common their-child=aes256+sha256"
	echo "both wrong-networks $common"
	# Rekeying: the peer's lifetimes say whose turn it is.
	life() { echo "swan-child=life_time=$1s swan-child=rekey_time=$2s swan-child=rand_time=0s"; }
	echo "strongswan rekey-theirs $common $(life 30 12) slow"
	echo "strongswan rekey-ours $common first=them $(life 40 0) slow"
	echo "strongswan rekey-bytes-theirs $common first=us swan-child=rekey_bytes=300000 swan-child=life_bytes=900000 swan-child=rand_bytes=0 slow"
	echo "strongswan rekey-bytes-ours $common first=them swan-child=rekey_bytes=0 swan-child=life_bytes=800000 slow"
	echo "strongswan rekey-packets-theirs $common swan-child=rekey_packets=300 swan-child=life_packets=900 swan-child=rand_packets=0 slow"
	echo "strongswan renew-theirs $common swan-ike=reauth_time=20s swan-ike=over_time=10s swan-ike=rand_time=0s slow"
	echo "libreswan rekey-theirs $common libreswan=salifetime=30s libreswan=rekeymargin=15s libreswan=rekeyfuzz=0% slow"
	echo "libreswan rekey-ours $common first=them libreswan=salifetime=40s libreswan=rekey=no slow"
	echo "libreswan renew-theirs $common libreswan=ikelifetime=40s libreswan=rekeymargin=20s libreswan=rekeyfuzz=0% slow"
	echo "both renew-ours aes256-md5-5 aes128+sha1 ike-life=60 libreswan=rekey=no slow"
	# A way that is cut
	echo "both dpd-ours $common slow"
	echo "both dpd-clear $common swan-ike=dpd_delay=4s swan-ike=dpd_timeout=12s swan-child=dpd_action=clear \
		libreswan=dpddelay=4 libreswan=dpdtimeout=12 libreswan=dpdaction=clear slow"
	echo "both dpd-restart $common swan-ike=dpd_delay=4s swan-ike=dpd_timeout=12s swan-child=dpd_action=restart \
		libreswan=dpddelay=4 libreswan=dpdtimeout=12 libreswan=dpdaction=restart slow"
	for x in restart-theirs crash-theirs restart-ours crash-ours; do echo "both $x $common slow"; done
}
while IFS=$'\t' read -r rc text why; do
	case $rc in
	0|1) ok "$rc" "$text";;
	skip) skip "$text" "$why";;
	*) echo "$rc${text:+	$text}";;
	esac
done < <(rows | PYTHONDONTWRITEBYTECODE=1 "$HERE/interop.py" "$WORK" "${1:-cover}" "${@:2}" 2> "$WORK/interop.log" || echo "1	interop.py ended well")
[ ! -s "$WORK/interop.log" ] || show interop.py "$WORK/interop.log" 60
finish
