/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the daemon may do once it has started: the least that its work needs,
 * so that who finds a hole in it has found little.
 *
 * In: a process of root, or of the daemon's own user with ambient capabilities
 * (systemd). Out: a process of that user with CAP_NET_ADMIN (the module's
 * netlink family) and CAP_NET_BIND_SERVICE (ports 500 and 4500), none to be had
 * ever again, no core dumps, no debugger, and the system calls of sandbox.c.
 */
#ifndef IKEMGR_PRIVILEGES_H
#define IKEMGR_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PRIVILEGES_USER "ikemgr"	/* if there is such a user */
#define PRIVILEGES_ERROR 256

/* Programs under sanitizers need some more: they watch themselves. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PRIVILEGES_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define PRIVILEGES_SANITIZED 1
#endif
#endif
#ifndef PRIVILEGES_SANITIZED
#define PRIVILEGES_SANITIZED 0
#endif

/** struct privileges - who to become; @change: false: stay who we are */
struct privileges {
	bool change;
	uid_t uid;
	gid_t gid;
	char name[64];
};

/** privileges_protect() - first of all: no core file, no debugger of the same user. Keys are in memory soon. */
void privileges_protect(void);

/**
 * privileges_user() - who is meant
 * @name: as on the command line; NULL: PRIVILEGES_USER, if there is such a user
 * @error: PRIVILEGES_ERROR bytes
 *
 * Only root can become another user: whoever else starts the daemon stays who
 * he is, unless @name says otherwise. -1 with @error.
 */
int privileges_user(const char *name, struct privileges *out, char *error);

/**
 * privileges_drop() - become that user, keep two capabilities, never get others, then sandbox_enter()
 *
 * Before any thread is made: they inherit all of it. -1 with @error: then the
 * process must end, it may hold more than it should.
 */
int privileges_drop(const struct privileges *p, char *error);

#endif
