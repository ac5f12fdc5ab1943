#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# not part of make check (it takes many minutes; make matrix runs it): all rows of matrix.sh in tunnel mode
exec "$(dirname "$0")/matrix.sh" all tunnel
