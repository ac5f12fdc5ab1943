#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: families x modes x algorithms x ESP in UDP x sizes and fragments against Linux XFRM, to the byte and the packet
# usage: matrix.sh [all|cover [TEXT]]	all rows, or (as without arguments) so many that each two values meet; TEXT: only rows that contain it
. "$(dirname "$0")/lib.sh"
load_module
topology6
modprobe -aq esp4 esp6 ah4 ah6 udp_tunnel ip6_udp_tunnel seqiv rfc7539 chacha20poly1305 authenc cmac gcm ctr cryptd pcrypt

# Every algorithm, with each pair of families and each mode; ESP in UDP for each kind of header (combined, block, stream).
ALL="aes-gcm/20/16 aes-gcm/28/16 aes-gcm/36/16 aes-gcm/20/12 aes-gcm/20/8 aes-gmac/20/16 chacha20-poly1305/36/16
aes-cbc/16+sha1 aes-cbc/24+sha384 aes-cbc/32+sha256 aes-cbc/16+md5 aes-cbc/32+sha512 aes-ctr/20+sha1 aes-ctr/36+sha256
3des-cbc/24+sha1 des-cbc/8+md5 null+sha256"
ESN="aes-gcm/20/16 aes-cbc/16+sha1 aes-ctr/20+sha256 chacha20-poly1305/36/16 ah-sha1 ah-sha256 aes-cbc/16+sha1+ah-sha1"
ASYNC="aes-gcm/20/16 aes-gmac/20/16 chacha20-poly1305/36/16 aes-cbc/16+sha1 aes-ctr/20+sha256"
PARALLEL="aes-gcm/20/16 aes-cbc/16+sha1 ah-sha1 aes-cbc/16+sha1+ah-sha1"
AH="ah-md5 ah-sha1 ah-sha256 ah-sha384 ah-sha512 aes-cbc/16+sha1+ah-sha1 aes-gcm/20/16+ah-sha256"
UDP="aes-gcm/20/16 aes-cbc/16+sha1 aes-ctr/20+sha256"
OURS="aes-gcm/20/16 aes-cbc/16+sha256 ah-sha256"
# The debug kernel is slow, and looks for other faults than those of single algorithms.
[ "$CMAP_KERNEL" != debug ] || ALL="aes-gcm/20/16 aes-cbc/16+sha1 aes-ctr/20+sha1" AH="ah-sha1" UDP="aes-gcm/20/16" OURS="ah-sha256" \
	ESN="aes-gcm/20/16 aes-cbc/16+sha1+ah-sha1" ASYNC="aes-gmac/20/16" PARALLEL="aes-cbc/16+sha1 ah-sha1"
rows() {
	local where alg
	for where in "4 4 tunnel" "6 6 tunnel" "4 6 tunnel" "6 4 tunnel" "4 4 transport" "6 6 transport"; do
		for alg in $ALL $AH; do echo "$where plain xfrm $alg"; done
		for alg in $UDP; do echo "$where udp xfrm $alg"; done
		for alg in $OURS; do echo "$where plain ours $alg"; done
		for alg in $ESN; do echo "$where plain xfrm $alg esn"; done
		for alg in $ASYNC; do echo "$where plain xfrm $alg async"; done
		for alg in aes-gcm/20/16 aes-cbc/16+sha1; do echo "$where plain xfrm $alg esn async"; done
		for alg in $PARALLEL; do echo "$where plain xfrm $alg parallel"; done
		echo "$where udp xfrm aes-gcm/20/16 parallel"
		echo "$where plain xfrm aes-gcm/20/16 esn parallel"
		echo "$where udp ours aes-gcm/20/16 esn"
	done
	for where in "4 4 tunnel" "6 4 tunnel"; do
		for alg in df-copy df-set df-clear frag-after; do echo "$where plain xfrm aes-gcm/20/16 $alg"; done
		echo "$where udp xfrm aes-cbc/16+sha1 frag-after"
	done
}
while IFS=$'\t' read -r rc text; do ok "$rc" "$text"; done < <(rows | "$HERE/matrix.py" "${1:-cover}" "${@:2}" 2> "$WORK/matrix.log" || echo "1	matrix.py ended well")
[ ! -s "$WORK/matrix.log" ] || show matrix.py "$WORK/matrix.log"
finish
