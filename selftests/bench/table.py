#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: table.py FILE < what guest.sh prints
Shows the rows as a table as they come, passes notes through, and writes the rows to FILE as a JSON list."""
import json
import sys

COLUMNS = ["cipher", "family", "direction", "size", "work", "forward", "xfrm", "xfrm_offload", "ours", "added_ratio"]
FORMAT = "{:<17}{:<7}{:<10}{:>5}  {:<32}{:>8}{:>9}{:>13}{:>9}{:>12}"

rows, failed = [], False
print("guest instructions per packet; added_ratio = (ours - forward) / (xfrm - forward)")
print(FORMAT.format(*COLUMNS))
for line in sys.stdin:
    if line.startswith("row "):
        rows.append(json.loads(line[4:]))
        print(FORMAT.format(*(rows[-1][c] for c in COLUMNS)))
    else:
        failed |= line.startswith(("failed:", "bench:"))
        print(line, end="")
for cipher in sorted({r["cipher"] for r in rows}):
    ratios = [r["added_ratio"] for r in rows if r["cipher"] == cipher]
    print(f"{cipher}: added_ratio {min(ratios)} to {max(ratios)}, mean {sum(ratios) / len(ratios):.3f}")
with open(sys.argv[1], "w", encoding="ascii") as f:
    json.dump(rows, f, indent=1)
sys.exit(failed or not rows)
