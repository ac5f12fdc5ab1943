# SPDX-License-Identifier: GPL-2.0-only
# The rows of the benchmark. shellcheck shell=bash

# rows full|quick|smoke: CIPHER FAMILY DIRECTION ENCAP SAS FLOWS SIZE PACKETS ROUNDS, those with the same SAs together.
# quick: what a change of the data path is looked at with; smoke: does the benchmark itself work?
rows() {
	local cipher family direction encap sas
	case $1 in
	smoke)
		echo aes-128-cbc-sha1 4 encrypt plain 1 1 64 64 1
		echo aes-128-cbc-sha1 4 decrypt plain 1 1 64 64 1
		return;;
	quick)
		for cipher in aes-128-gcm aes-128-cbc-sha1; do
			for direction in encrypt decrypt; do one $cipher 4 $direction plain 1 "1"; done
		done
		return;;
	esac
	for family in 4 6; do
		for encap in plain nat-t; do
			for cipher in aes-128-gcm aes-128-cbc-sha1; do
				for direction in encrypt decrypt; do one $cipher $family $direction $encap 1 "1 1000"; done
			done
		done
	done
	for sas in 100 10000; do
		for direction in encrypt decrypt; do one aes-128-gcm 4 $direction plain $sas "1000"; done
	done
}
# one CIPHER FAMILY DIRECTION ENCAP SAS "FLOWS...": with these SAs
one() {
	local flows size
	for flows in $6; do
		for size in 64 1400; do
			echo "$1 $2 $3 $4 $5 $flows $size $((flows > 500 ? flows : 500)) 2"
		done
	done
}
