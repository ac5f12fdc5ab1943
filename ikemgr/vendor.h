/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vendor IDs: the body of a vendor ID payload in, its name out; and the ones
 * that we send. Pure.
 */
#ifndef IKEMGR_VENDOR_H
#define IKEMGR_VENDOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a vendor ID means to us; VENDOR_OTHER: known by name only. */
enum vendor_kind {
	VENDOR_UNKNOWN,
	VENDOR_OTHER,
	VENDOR_NATT_RFC3947,
	VENDOR_NATT_07,
	VENDOR_NATT_03,
	VENDOR_NATT_02,			/* with the stray newline hashed in: what most send */
	VENDOR_NATT_02_PLAIN,
	VENDOR_NATT_OLDER,		/* drafts 00, 01, 04..06, 08: recognised, not used */
	VENDOR_DPD,
	VENDOR_XAUTH,
	VENDOR_UNITY,
	VENDOR_FRAGMENTATION,
	VENDOR_IOS,			/* "speaking to another IOS box!" */
	VENDOR_IKEMGR,			/* ours: MD5 of "cryptomap ikemgr 1" */
};

/**
 * struct vendor_info - what vendor_identify() found
 * @kind: enum vendor_kind
 * @id: a fixed word for JSON and flags: "rfc3947", "dpd", "strongswan", ... ; "unknown"
 * @name: for people: "NAT-T RFC 3947", "DPD", "strongSwan 5.9"; NULL if unknown
 * @major: IOS's debug takes every ID that is not Unity or DPD for one with
 *	another major version, and prints byte 14 of it ("vendor ID seems
 *	Unity/DPD but major %d mismatch"); that byte, 0 if the ID is shorter.
 *	-1 where IOS does not print that line: Unity, DPD, IOS
 * @hex: the ID in hex, cut after 40 bytes with "..."
 */
struct vendor_info {
	enum vendor_kind kind;
	const char *id;
	const char *name;
	int major;
	char hex[40 * 2 + 4];
};

/** vendor_identify() - look @vid up; always fills @out in */
void vendor_identify(const uint8_t *vid, size_t len, struct vendor_info *out);

/**
 * vendor_bytes() - the ID to send
 * @len: its length
 *
 * Returns NULL for kinds that we do not send: all but NAT-T's (RFC 3947, 07, 03, 02), DPD, XAUTH, Unity,
 * IKE fragmentation and our own.
 */
const uint8_t *vendor_bytes(enum vendor_kind kind, size_t *len);

#endif
