#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: under attack: floods from forged addresses, malformed and forged messages; what the daemon may do, and who it is
# not on the debug kernel: it is about programs
. "$(dirname "$0")/lib.sh"
load_module
topology
EXTRA="crypto isakmp key ciscokey address 0.0.0.0 0.0.0.0
crypto call admission limit ike in-negotiation-sa 200"

note "who may read the configuration"
ios_conf a > "$WORK/open.conf"; chmod 640 "$WORK/open.conf"
out=$(ns ga ikemgr -f "$WORK/open.conf" 2>&1); rc=$?
is $rc 1 "a configuration that the group may read is refused"
like "$out" 'open.conf:6: error: a key, and others .* \(mode 0640\); expected mode 0600 \(chmod 600 ' "by the line of its first key"
out=$(ikemgr -t "$WORK/open.conf" 2>&1); rc=$?
is $rc 0 "to check it is allowed"
like "$out" 'open.conf:6: warning: a key' "with a warning"

note "who the daemon is"
ios_conf a > "$WORK/a.conf"; swan_conf b > "$WORK/b.conf"
charon_up gb "$WORK/b.conf"
ikemgr_up ga "$WORK/a.conf"
pid=$(ns ga pgrep -x ikemgr)
field() { awk -v f="$1:" '$1 == f {$1 = ""; print substr($0, 2)}' "/proc/$pid/status"; }
is "$(field Uid)" "65500 65500 65500 65500" "its user is ikemgr, real, effective, saved"
is "$(field Groups)" "" "it is in no other group"
for set in CapEff CapPrm CapBnd; do is "$(field $set)" 0000000000001400 "$set: CAP_NET_ADMIN and CAP_NET_BIND_SERVICE"; done
for set in CapInh CapAmb; do is "$(field $set)" 0000000000000000 "$set: none"; done
is "$(field NoNewPrivs)" 1 "no new privileges"
is "$(field Seccomp)" 2 "its system calls are filtered"
like "$(grep 'core file' "/proc/$pid/limits")" ' 0 +0 ' "no core file"
like "$(field VmLck)" '[1-9][0-9]* kB' "keys lie in locked memory"
check "cmap's router commands serve root" cmap -n ga show crypto isakmp sa
check "and members of the daemon's group" ns ga setpriv --reuid 65534 --regid 65500 --clear-groups cmap show crypto isakmp sa
like "$(ns ga setpriv --reuid 65534 --regid 65534 --clear-groups cmap show crypto isakmp sa 2>&1)" 'needs root, or the daemon.s group' "and nobody else"

note "SIGHUP"
reload() { kill -HUP "$pid"; waitfor 20 grep -q "$1" "$WORK/ikemgr-ga.log"; }
cp "$WORK/a.conf" "$WORK/a.good"
echo 'crypto isakmp keepalive 30' >> "$WORK/a.conf"
check "its own file is read again" reload 'a.conf is loaded'
chown root "$WORK/a.conf"
check "root's is not: it says so" reload 'a.conf.* Permission denied'
like "$(cmap -n ga map show)" 'VPN' "and goes on with what it has"
chown ikemgr "$WORK/a.conf"
mkdir -m 700 "$WORK/closed"; echo 'hostname r' > "$WORK/closed/r.conf"
ikemgr_up r "$WORK/closed/r.conf"
like "$(cat "$WORK/ikemgr-r.log")" "user ikemgr may not enter $WORK/closed: SIGHUP cannot load it again" "a file in a folder that is closed to it: it says at once which"
stop ikemgr-r; ok $? "it ends cleanly"

note "a flood of first messages from 10000 forged addresses"
ip netns exec r nft -f - <<-X
	table ip attack {
		counter in { }
		counter out { }
		chain sent { type filter hook output priority 0; ip saddr 10.200.0.0/16 udp dport 500 counter name in; }
		chain back { type filter hook prerouting priority 0; ip daddr 10.200.0.0/16 udp sport { 500, 4500 } counter name out drop; }
	}
X
start flood r "$HERE/attack.py" flood "$GA" 400 10000
check "it is under way" waitfor 30 grep -q 'a second' "$WORK/flood.log"
# Who does not show within a second that it receives is pushed out.
rate=$(head -1 "$WORK/flood.log" | cut -d' ' -f1)
note "$rate a second"
sed "s/in-negotiation-sa .*/in-negotiation-sa $rate/" "$WORK/a.good" > "$WORK/a.conf"
kill -HUP "$pid"
limited() { cmap -n ga show crypto call admission statistics | grep -qE "$1: *$rate\$"; }
check "as many may be in negotiation as come in a second" waitfor 20 limited "Max in nego"
check "the configured limit holds" waitfor 60 limited negotiating
check "strongSwan brings its tunnel up while it goes on" swan gb --initiate --child net --timeout 60
like "$(ns hb ping -c 20 -i 0.1 -W 20 $HA)" ' 20 received' "and loses none of 20 packets"
check "the flood goes on" alive flood
rejected() { cmap -n ga -j show crypto call admission statistics | jq .incoming.rejected; }
check "others are refused, or make room" waitfor 60 eval '[ "$(rejected)" -gt 100 ]'
note "$(cmap -n ga show crypto call admission statistics | tail -n +4 | tr '\n' ';' | tr -s ' ')"
stop flood; like "$(tail -1 "$WORK/flood.log")" '^[0-9]{3,}$' "its end"
note "first messages: $(tail -1 "$WORK/flood.log")"
bytes() { ns r nft -j list counter ip attack "$1" | jq '.nftables[] | select(.counter) | .counter | .bytes - 28 * .packets'; }
in=$(bytes in) out=$(bytes out)
note "bytes of UDP: $in to the daemon, $out from it: $(awk "BEGIN {printf \"%.2f\", $out / $in}") times"
[ "$out" -gt 0 ] && [ $((2 * out)) -le $((3 * in)) ]; ok $? "no more than 1.5 times the bytes that came went to the forged addresses"

note "malformed datagrams"
ticks() { awk '{print $14 + $15}' "/proc/$pid/stat"; }
received() { ns ga awk '$1 == "Udp:" && $2 ~ /[0-9]/ {print $2}' /proc/net/snmp; }
t=$(ticks) n=$(received)
check "8000 of them" ns r "$HERE/attack.py" malformed "$GA" "$GB" 8000 2000
t=$(($(ticks) - t)) n=$(($(received) - n))
note "$n were read, $((t * 10000 / n)) us of CPU each (in this emulated guest, under ASan)"
[ "$n" -gt 4000 ] && [ $((t * 10000 / n)) -lt 3000 ]; ok $? "each costs little"
like "$(ns hb ping -c 3 -i 0.2 -W 20 $HA)" ' 3 received' "the tunnel passes traffic"

note "messages with the live SA's cookies and forged contents, from the peer's address"
before=$(cmap -n ga -j show crypto isakmp sa | jq -c '.[] | select(.state == "QM_IDLE") | [.conn_id, .local_port, .peer_port, .fsm]')
start forged r "$HERE/attack.py" forged "$GA" "$GB" b 3000 1500
waitfor 20 grep -q listening "$WORK/forged.log"
# a delete and a new child under the same IKE SA: messages with its cookies
swan gb --rekey --child net > /dev/null
check "3000 of them" waitfor 60 grep -q sent "$WORK/forged.log"
stop forged
is "$(cmap -n ga -j show crypto isakmp sa | jq -c '.[] | select(.state == "QM_IDLE") | [.conn_id, .local_port, .peer_port, .fsm]')" "$before" "the SA is the same, at the same port, in the same state"
like "$(ns hb ping -c 10 -i 0.1 -W 20 $HA)" ' 10 received' "no packet is lost"
check "the peer makes another child under it" swan gb --rekey --child net
like "$(ns hb ping -c 5 -i 0.1 -W 20 $HA)" ' 5 received' "and it carries traffic"
check "of the flood nothing is in negotiation any more" waitfor 40 bash -c "cmap -n ga show crypto call admission statistics | grep -q 'negotiating: *0$'"
sas=$(cmap -n ga -j show crypto isakmp sa | jq length)
[ "$sas" -le 66 ]; ok $? "of what never came to be no more than 64 are still shown ($sas SAs)"
unlike "$(cat "$WORK/ikemgr-ga.log")" 'SUMMARY|runtime error' "no sanitizer has anything to say"
finish
