#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: the packets of RFC 3602, RFC 3686, RFC 7634 and draft-mcgrew-gcm-test-01, received and sent byte for byte
. "$(dirname "$0")/lib.sh"
load_module
topology
# r is not a router here: it says what ga gets, and looks at what gb sends.
ns r sysctl -qw net.ipv4.ip_forward=0
ns ga sysctl -qw net.ipv4.icmp_echo_ignore_all=1
for a in 192.168.123.100 192.168.123.200 192.0.2.5; do ip -n ga addr add $a/32 dev lo; done
ip -n gb addr add 192.168.123.3/32 dev lo
# maps NS FROM TO...: rules for the addresses that the RFCs speak of
maps() {
	cmap -n "$1" -batch - <<-X
	map add M seq 10 peer $2 acl permit $3/32 $2/32
	map add M seq 20 peer $4 acl permit $5
	map add M seq 30 peer $2 acl permit $6
	link set dev wan map M
	X
}
check "ga's map" maps ga $GB $GA 192.168.123.3 "192.168.123.0/24 192.168.123.3/32" "192.0.2.5/32 198.51.100.5/32"
check "gb's map" maps gb $GA $GB 192.168.123.100 "192.168.123.3/32 192.168.123.0/24" "198.51.100.5/32 192.0.2.5/32"
"$HERE/vectors.py" "$HERE/vectors" > "$WORK/results" 2> "$WORK/errors"; ok $? "vectors.py ran to its end" || show errors "$WORK/errors"
while read -r verdict text; do ok "$([ "$verdict" = pass ]; echo $?)" "$text"; done < "$WORK/results"
for n in ga gb; do cmap -n $n sa flush; cmap -n $n link del dev wan; cmap -n $n map del M; done > /dev/null
finish
