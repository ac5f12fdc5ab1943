#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# not part of make check (it takes many minutes; make matrix runs it): all rows of matrix.sh
exec "$(dirname "$0")/matrix.sh" all
