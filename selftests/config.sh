#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: a pasted configuration loads; errors are all reported with file:line; reload touches only what changed; cmap and ikemgr refuse bad words
# not on the debug kernel: it is about programs
. "$(dirname "$0")/lib.sh"
no_sa() { [ -z "$(cmap -n "$1" sa show)" ]; }
# usage EXIT REGEX TEXT COMMAND...: exit status and message of a refusal
refuse() {
	local want=$1 re=$2 text=$3 out rc; shift 3
	out=$("$@" 2>&1); rc=$?
	is $rc "$want" "$text: exit status $want"
	like "$out" "$re" "$text: says so"
}
topology
mkdir -p "$WORK/c"

note "before the module is there"
ios_conf a > "$WORK/a.conf"
refuse 1 'kernel module is not loaded' "cmap without the module" cmap -n ga map show
refuse 1 'ikemgr is not running' "cmap without the daemon" cmap -n ga show crypto isakmp sa
refuse 1 'module is not loaded' "ikemgr without the module" ip netns exec ga ikemgr -f "$WORK/a.conf"
load_module

note "words"
for words in "frob" "link frob" "link set" "link set dev" "link set dev lo" "map add" "map add M" "sa add" "sa add dir sideways" "show" "show crypto" "show crypto frob" "clear crypto frob" "debug crypto frob"; do
	refuse 2 '[Uu]sage|%' "cmap $words" cmap -n ga $words
done
refuse 1 'No such device|does not exist|Cannot find' "an interface that isn't there" cmap -n ga link set dev nosuch0 map M
refuse 1 'no (such )?(crypto )?map|does not exist|not exist' "a map that isn't there" cmap -n ga link set dev wan map NOSUCH
refuse 1 'netns|namespace' "a namespace that isn't there" cmap -n nosuch map show
refuse 2 '[Uu]sage' "ikemgr with an unknown option" ikemgr --frob
refuse 1 'No such file' "ikemgr with a file that isn't there" ikemgr -t /nosuch/file

note "errors of a file, all in one run"
cat > "$WORK/bad.conf" <<'X'
crypto isakmp policy 10
 encr 4des
 group 3
crypto isakmp policy 99999
crypto ipsec transform-set T esp-3des esp-frob-hmac
crypto map VPN 10 ipsec-isakmp
 set peer 192.0.2.300
 match address 100
access-list 100 permit ip 10.1.0.0 0.0.0.255
X
out=$(ikemgr -t "$WORK/bad.conf" 2>&1); rc=$?
is $rc 1 "ikemgr -t of a bad file exits 1"
for at in '2:.*4des' '3:.*3' '4:.*99999' '5:.*esp-frob-hmac' '7:.*192\.0\.2\.300' '9:'; do
	like "$out" "bad.conf:$at" "ikemgr -t names bad.conf:${at%%:*} and its word"
done
refuse 1 'bad.conf:2' "ikemgr refuses to start with it" ip netns exec ga ikemgr -f "$WORK/bad.conf"
printf 'crypto isakmp key se\0cret address 1.2.3.4\n' > "$WORK/nul.conf"
refuse 1 'nul.conf:1' "a NUL byte" ikemgr -t "$WORK/nul.conf"
unlike "$(ikemgr -t "$WORK/nul.conf" 2>&1)" 'secret|se.cret' "no key is echoed"

note "the pasted configuration of site A"
ip -n ga link property add dev wan altname FastEthernet4
out=$(ikemgr -t "$HERE/config/siteA.conf" 2>&1); rc=$?
is $rc 0 "ikemgr -t accepts it"
for word in hostname 'ip nat' 'ip route' duplex; do like "$out" "ignored.*|$word" "what is not crypto is listed: $word"; done
ikemgr_up ga "$HERE/config/siteA.conf"
like "$(cmap -n ga link show)" 'wan.*VPN' "the map is bound by the interface's alternative name"
stop ikemgr-ga
ip -n ga link property del dev wan altname FastEthernet4
sed 's/FastEthernet4/FastEthernet0\/0/' "$HERE/config/siteA.conf" > "$WORK/slash.conf"
ikemgr_up ga "$WORK/slash.conf" -i FastEthernet0/0=wan
like "$(cmap -n ga link show)" 'wan.*VPN' "the map is bound by ikemgr -i"
stop ikemgr-ga
ikemgr_up ga "$WORK/slash.conf"
like "$(cat "$WORK/ikemgr-ga.log")" 'FastEthernet0/0' "an interface that does not exist is named"
like "$(cmap -n ga map show)" 'VPN' "and the rest is loaded"
stop ikemgr-ga

note "reload"
ios_conf a > "$WORK/a.conf"; ios_conf b > "$WORK/b.conf"
ikemgr_up ga "$WORK/a.conf"; ikemgr_up gb "$WORK/b.conf"
like "$(ns ha ping -c 2 -i 0.2 -W 28 $HB)" ' 2 received' "a tunnel"
sas=$(cmap -n ga -j sa show | grep -oE '"spi":[^,]*'); map=$(cmap -n ga map show)
cp "$WORK/a.conf" "$WORK/a.good"; cat "$WORK/bad.conf" >> "$WORK/a.conf"
kill -HUP "${DAEMON[ikemgr-ga]}"
check "SIGHUP with a bad file: its errors are reported" waitfor 10 grep -q 'a.conf:.*4des' "$WORK/ikemgr-ga.log"
is "$(cmap -n ga map show)" "$map" "SIGHUP with a bad file: the map is as it was"
is "$(cmap -n ga -j sa show | grep -oE '"spi":[^,]*')" "$sas" "SIGHUP with a bad file: the SAs are as they were"
like "$(ns ha ping -c 2 -i 0.2 -W 10 $HB)" ' 2 received' "SIGHUP with a bad file: traffic passes"
{ cat "$WORK/a.good"; printf 'crypto map VPN 20 ipsec-isakmp\n set peer 203.0.113.9\n set transform-set TRANSFORM\n match address 120\naccess-list 120 permit ip 10.1.0.0 0.0.0.255 10.9.0.0 0.0.0.255\n'; } > "$WORK/a.conf"
kill -HUP "${DAEMON[ikemgr-ga]}"
check "SIGHUP with one more entry: it is there" waitfor 10 bash -c 'cmap -n ga map show | grep -q 10.9.0.0'
is "$(cmap -n ga -j sa show | grep -oE '"spi":[^,]*')" "$sas" "SIGHUP with one more entry: the SAs of the other are as they were"
cp "$WORK/a.good" "$WORK/a.conf"; kill -HUP "${DAEMON[ikemgr-ga]}"
check "SIGHUP without it: it is gone" waitfor 10 bash -c '! cmap -n ga map show | grep -q 10.9.0.0'
is "$(cmap -n ga -j sa show | grep -oE '"spi":[^,]*')" "$sas" "SIGHUP without it: the SAs of the other are as they were"
sed -i '/access-list/s/10\.2\.0\.0/10.4.0.0/' "$WORK/a.conf"; kill -HUP "${DAEMON[ikemgr-ga]}"
check "SIGHUP with other proxies: the SAs that fit no more are gone" waitfor 10 no_sa ga
stop ikemgr-ga; ok $? "the daemon ends cleanly"; stop ikemgr-gb

note "privilege"
refuse 1 'CAP_NET_ADMIN|[Pp]ermitted|privilege' "cmap map show as nobody" ip netns exec ga setpriv --reuid 65534 --clear-groups cmap map show
refuse 1 'CAP_NET_ADMIN|[Pp]ermitted|[Pp]ermission|privilege' "ikemgr as nobody" ip netns exec ga setpriv --reuid 65534 --clear-groups ikemgr -f "$WORK/a.good"
finish
