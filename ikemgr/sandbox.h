/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The system calls that the daemon needs once it serves; any other one ends
 * the process at once (SIGSYS), and the kernel's log says which it was.
 */
#ifndef IKEMGR_SANDBOX_H
#define IKEMGR_SANDBOX_H

/**
 * sandbox_enter() - from here on only those
 * @error: PRIVILEGES_ERROR bytes
 *
 * Needs no_new_privs, or root. For this thread and all that come of it. -1 with
 * @error; a kernel without such filters is no error: then there is none.
 */
int sandbox_enter(char *error);

#endif
