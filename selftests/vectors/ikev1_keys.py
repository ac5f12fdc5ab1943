#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes ikev1_keys.json: RFC 2409's formulas, worked out with nothing but
Python's hmac and hashlib, so that crypto.c is compared with another reading of
them. The inputs are counters: every byte has its place."""
import hashlib
import hmac
import json

CIPHERS = [("des", 0, 8, 8), ("3des", 0, 24, 8), ("aes", 128, 16, 16), ("aes", 192, 24, 16), ("aes", 256, 32, 16)]


def ramp(start, n):
    return bytes((start + 7 * i) & 255 for i in range(n))


def case(hash_name, cipher, bits, key_len, block):
    def prf(key, *parts):
        return hmac.new(key, b"".join(parts), hash_name).digest()

    def stretch(key, n):
        if n <= len(key):
            return key[:n]
        out = last = prf(key, b"\0")
        while len(out) < n:
            last = prf(key, last)
            out += last
        return out[:n]

    def keymat(gxy, spi, n):
        out = last = b""
        while len(out) < n:
            last = prf(d, last, gxy, b"\3", spi, ni, nr)
            out += last
        return out[:n]

    psk, ni, nr = b"cisco123", ramp(1, 20), ramp(50, 32)
    gxi, gxr, gxy = ramp(9, 128), ramp(77, 128), ramp(131, 128)
    icookie, rcookie = ramp(200, 8), ramp(100, 8)
    sai_b, idi_b, idr_b = ramp(3, 44), bytes([1, 17, 1, 244, 192, 0, 2, 1]), bytes([1, 17, 1, 244, 192, 0, 2, 2])
    msgid, rest, pfs = 0x51BD3EAE, ramp(17, 100), ramp(99, 128)
    spi = bytes([0x45, 0xF1, 0x6A, 0x9A])
    mid = msgid.to_bytes(4, "big")

    skeyid = prf(psk, ni, nr)
    d = prf(skeyid, gxy, icookie, rcookie, b"\0")
    a = prf(skeyid, d, gxy, icookie, rcookie, b"\1")
    e = prf(skeyid, a, gxy, icookie, rcookie, b"\2")
    iv = hashlib.new(hash_name, gxi + gxr).digest()[:block]
    return {key: value.hex() if isinstance(value, bytes) else value for key, value in {
        "hash": hash_name, "cipher": cipher, "key_bits": bits,
        "psk": psk, "ni": ni, "nr": nr, "gxi": gxi, "gxr": gxr, "gxy": gxy,
        "icookie": icookie, "rcookie": rcookie, "sai_b": sai_b, "idi_b": idi_b, "idr_b": idr_b,
        "msgid": msgid, "rest": rest, "pfs": pfs, "spi": spi,
        "skeyid": skeyid, "skeyid_d": d, "skeyid_a": a, "skeyid_e": e,
        "key": stretch(e, key_len), "iv": iv,
        "iv2": hashlib.new(hash_name, iv + mid).digest()[:block],
        "hash_i": prf(skeyid, gxi, gxr, icookie, rcookie, sai_b, idi_b),
        "hash_r": prf(skeyid, gxr, gxi, rcookie, icookie, sai_b, idr_b),
        "hash1": prf(a, mid, rest), "hash2": prf(a, mid, ni, rest), "hash3": prf(a, b"\0", mid, ni, nr),
        "keymat": keymat(b"", spi, 96), "keymat_pfs": keymat(pfs, spi, 96),
    }.items()}


cases = [case(h, *c) for h in ("md5", "sha1", "sha256", "sha384", "sha512") for c in CIPHERS]
with open(__file__.replace(".py", ".json"), "w", encoding="ascii") as out:
    json.dump({"source": "ikev1_keys.py, from RFC 2409", "cases": cases}, out, indent=1)
    out.write("\n")
