# SPDX-License-Identifier: GPL-2.0-only
# bash completion of cmap: words of the command so far, and names of interfaces, maps and network namespaces

_cmap_maps() { cmap "${netns[@]}" -j map show 2>/dev/null | sed -n 's/.*"map": "\([^"]*\)".*/\1/p' | sort -u; }
_cmap_links() { ip "${netns[@]}" -o link show 2>/dev/null | sed 's/^[0-9]*: \([^:@]*\).*/\1/'; }

_cmap() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} i words='' netns=()
	local -a w=()

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-n | -netns | --netns) netns=(-n "${COMP_WORDS[++i]}");;
		-*) ;;
		*) w+=("${COMP_WORDS[i]}");;
		esac
	done
	case $prev in
	-b | -batch | --batch) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return;;
	-n | -netns | --netns) mapfile -t COMPREPLY < <(compgen -W "$(ls /run/netns 2>/dev/null)" -- "$cur"); return;;
	dev | interface | iif) mapfile -t COMPREPLY < <(compgen -W "$(_cmap_links)" -- "$cur"); return;;
	enc) words='aes-gcm aes-gmac chacha20-poly1305 aes-cbc aes-ctr 3des-cbc des-cbc null';;
	auth) words='hmac-md5-96 hmac-sha1-96 hmac-sha2-256-128 hmac-sha2-384-192 hmac-sha2-512-256 none';;
	key-file) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return;;
	dir) words='in out';;
	mode) words='tunnel transport';;
	df) words='copy set clear';;
	icv) words='8 12 16';;
	acl) words='permit deny';;
	esac
	if [ -z "$words" ]; then
		case "${w[*]}" in
		'') words='link map sa stats monitor drops trace show clear debug help'; [[ $cur == -* ]] && words='-j -p -d -s -t -b -f -n -V -h';;
		link) words='show set del help';;
		'link set dev '*' map') words=$(_cmap_maps);;
		'link set dev '*) words='map nomap';;
		'link '*) words='dev';;
		map) words='show add replace del help';;
		'map show' | 'map del' | 'map replace' | 'sa '*' map') words=$(_cmap_maps);;
		'sa '*' proto') words='esp ah';;
		'map add '* | 'map replace '*) words='seq peer local hold per-host acl permit deny proto port any any6';;
		'map del '*) words='seq';;
		sa) words='show add del enable move flush spi-alloc help';;
		'sa add'*) words='dir map seq proto spi src dst local-proxy remote-proxy proxy-proto local-port remote-port enc auth
			mode encap icv esn df frag-after ah-spi bundle idle key-file replay-window standby life-soft-seconds life-hard-seconds life-soft-bytes life-hard-bytes conn-id seq-number';;
		'sa show'*) words='spi dst map peer';;
		'sa flush'*) words='map peer';;
		'sa move'*) words='spi dst encap';;
		'sa '*) words='proto spi dst';;
		stats) words='-v';;
		monitor) words='-t';;
		drops*) words='-f -v';;
		'trace '*' '*) words='tcp udp icmp len df iif';;
		show | clear | debug) words=crypto;;
		'show crypto') words='isakmp ipsec map dynamic-map route rekey session call';;
		'show crypto call') words=admission;;
		'show crypto call admission') words=statistics;;
		'show crypto isakmp') words='sa policy key profile peers';;
		'show crypto isakmp sa') words=detail;;
		'show crypto session') words='remote local interface detail';;
		'show crypto ipsec') words='sa transform-set profile security-association-lifetime';;
		'show crypto ipsec sa') words='map peer interface detail';;
		'show crypto ipsec sa '*' '*) words=detail;;
		'show crypto map') words=tag;;
		'clear crypto') words='sa isakmp session';;
		'clear crypto sa') words='peer map counters';;
		'clear crypto session'*) words='local remote';;
		'debug crypto' | 'debug crypto i'*) words='isakmp ipsec';;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _cmap cmap
