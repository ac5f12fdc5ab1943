#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: replayed, truncated, flipped, misdirected ESP and clear packets: dropped, and counted under the right reason
. "$(dirname "$0")/lib.sh"
load_module
topology
ip -n r route add 10.1.0.0/24 via $GA
# Conntrack puts fragments together in front of most of our hooks: the harder case.
ns ga nft -f - <<-X
table ip t {
  chain c { type filter hook prerouting priority 0; ct state invalid counter; }
}
X
setup() {
	cmap -n ga map add M seq 10 peer $GB acl permit 10.1.0.0/24 10.2.0.0/24 &&
		cmap -n ga link set dev wan map M &&
		cmap -n ga sa add dir in map M proto esp seq 10 spi 0x2000 src $GB dst $GA local-proxy 10.1.0.0/24 remote-proxy 10.2.0.0/24 \
			enc aes-cbc 000102030405060708090a0b0c0d0e0f auth hmac-sha1-96 000102030405060708090a0b0c0d0e0f10111213
}
bench() { # PART...: each line of the bench is a result
	local verdict text
	"$HERE/esp_bad.py" "$@" > "$WORK/bench" 2> "$WORK/bench.err"; ok $? "esp_bad.py $1 ran to its end" || show errors "$WORK/bench.err"
	while read -r verdict text; do ok "$([ "$verdict" = pass ]; echo $?)" "$text"; done < "$WORK/bench"
}
check "map, binding, SAs" setup
bench replays lengths flips trailers inners ecn fragments clear
note "$(cmap -n ga stats | tr '\n' ' ')"
cmap -n ga sa flush > /dev/null; cmap -n ga link del dev wan; cmap -n ga map del M
finish
