#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: ike_table.py FILE < ike.sh's output

Prints a table, and writes FILE: the rows as JSON. CPU is that of both daemons' threads, user and system, for one
handshake: main mode with pre-shared keys and quick mode, no PFS. Memory is the daemon's own (PSS), for one tunnel: what
its configuration takes, then what it takes to be up."""
import json
import sys

HEAD = ("tunnels", "group", "initiator", "responder", "per s", "median", "CPU, i", "CPU, r", "per CPU s", "conf, i",
        "up, i", "conf, r", "up, r")
LINE = "{:>7} {:9} {:10} {:10} {:>7} {:>8} {:>9} {:>9} {:>9} {:>9} {:>8} {:>9} {:>8}"

rows, bare = [], {}
print(LINE.format(*HEAD), flush=True)
for line in sys.stdin:
    if not line.startswith("row "):
        print(line, end="", flush=True)
        continue
    r = json.loads(line[4:])
    n = r["tunnels"]
    for side in "initiator", "responder":
        # what a daemon takes that has one tunnel configured is not the tunnels'
        key = r[side], r["group"], side
        bare.setdefault(key, r[f"configured_{side}_kib"])
        r[f"configured_{side}_kib_per_tunnel"] = (r[f"configured_{side}_kib"] - bare[key]) / n
        r[f"up_{side}_kib_per_tunnel"] = (r[f"up_{side}_kib"] - r[f"configured_{side}_kib"]) / n
    cpu = [r[f"cpu_{side}_ns"] / n for side in ("initiator", "responder")]
    r["per_second"] = n / r["seconds"]
    r["per_cpu_second"] = 1e9 / sum(cpu)
    rows.append(r)
    print(LINE.format(n, r["group"], r["initiator"], r["responder"], f"{r['per_second']:.1f}", f"{r['median_ms']:.0f} ms",
                      f"{cpu[0] / 1e6:.2f} ms", f"{cpu[1] / 1e6:.2f} ms", f"{r['per_cpu_second']:.0f}",
                      *(f"{r[f'{what}_{side}_kib_per_tunnel']:.1f} KiB" for side in ("initiator", "responder")
                        for what in ("configured", "up"))), flush=True)
if not rows:
    sys.exit("ike_table.py: no row")
for n, group in dict.fromkeys((r["tunnels"], r["group"]) for r in rows):
    both = {r["initiator"]: r for r in rows if (r["tunnels"], r["group"]) == (n, group) and r["initiator"] == r["responder"]}
    if len(both) < 2:
        continue
    ours, theirs = both["ours"], both["strongswan"]
    memory = [sum(r[f"{what}_{side}_kib_per_tunnel"] for what in ("configured", "up") for side in ("initiator", "responder")) / 2
              for r in (ours, theirs)]
    print(f"{n} tunnels, {group}: {ours['per_cpu_second'] / theirs['per_cpu_second']:.1f} times strongSwan's handshakes per CPU second"
          + (f"; {memory[0]:.1f} KiB a tunnel, strongSwan {memory[1]:.1f}" if n > 1 else ""))
with open(sys.argv[1], "w", encoding="ascii") as out:
    json.dump(rows, out, indent=1)
    out.write("\n")
