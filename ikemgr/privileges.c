/* SPDX-License-Identifier: GPL-2.0-only */
/* From root to a user that can do little: see privileges.h. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "privileges.h"
#include "sandbox.h"

static const cap_value_t kept[] = { CAP_NET_ADMIN, CAP_NET_BIND_SERVICE };

#define KEPT ((int)(sizeof(kept) / sizeof(kept[0])))

/* A sanitizer's leak check attaches to the process. */
static void forbid_debuggers(void)
{
	prctl(PR_SET_DUMPABLE, PRIVILEGES_SANITIZED);
}

void privileges_protect(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	forbid_debuggers();
}

static int failed(char *error, const char *what)
{
	snprintf(error, PRIVILEGES_ERROR, "%s: %s", what, strerror(errno));
	return -1;
}

int privileges_user(const char *name, struct privileges *out, char *error)
{
	const struct passwd *user;

	memset(out, 0, sizeof(*out));
	if (!name && geteuid())
		return 0;
	errno = 0;
	user = getpwnam(name ? name : PRIVILEGES_USER);
	if (!user) {
		snprintf(error, PRIVILEGES_ERROR, "there is no user %s", name ? name : PRIVILEGES_USER);
		return name ? -1 : 0;
	}
	out->uid = user->pw_uid;
	out->gid = user->pw_gid;
	out->change = out->uid != geteuid();
	snprintf(out->name, sizeof(out->name), "%s", user->pw_name);
	if (!out->change || !geteuid())
		return 0;
	snprintf(error, PRIVILEGES_ERROR, "only root can become user %s", user->pw_name);
	return -1;
}

/* Nobody gets them back by a set-uid program: what is not in the bounding set is lost for good. */
static int bound(char *error)
{
	cap_value_t cap;
	int i;

	for (cap = 0; cap < cap_max_bits(); cap++) {
		for (i = 0; i < KEPT && kept[i] != cap; i++)
			;
		if (i == KEPT && cap_get_bound(cap) == 1 && cap_drop_bound(cap))
			return failed(error, "the capability bounding set cannot be made smaller");
	}
	return 0;
}

static bool may(cap_value_t cap)
{
	cap_flag_value_t value = CAP_CLEAR;
	cap_t caps = cap_get_proc();

	if (caps)
		cap_get_flag(caps, cap, CAP_EFFECTIVE, &value);
	cap_free(caps);
	return value == CAP_SET;
}

static int keep_two(char *error)
{
	cap_t caps = cap_init();
	int err = !caps || cap_set_flag(caps, CAP_PERMITTED, KEPT, kept, CAP_SET) ||
		  cap_set_flag(caps, CAP_EFFECTIVE, KEPT, kept, CAP_SET) || cap_set_proc(caps);

	if (err)
		failed(error, "CAP_NET_ADMIN and CAP_NET_BIND_SERVICE are needed");
	cap_free(caps);
	return err ? -1 : 0;
}

static int become(const struct privileges *p, char *error)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) || setgroups(0, NULL) || setresgid(p->gid, p->gid, p->gid) ||
	    setresuid(p->uid, p->uid, p->uid))
		return failed(error, p->name);
	/* the kernel has made the process undumpable for the change of user; a sanitizer undoes that */
	forbid_debuggers();
	return 0;
}

int privileges_drop(const struct privileges *p, char *error)
{
	if (may(CAP_SETPCAP) && bound(error))
		return -1;
	if (p->change && become(p, error))
		return -1;
	/* inheritable is empty already, and with it the ambient set */
	if (keep_two(error))
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return failed(error, "no_new_privs");
	return sandbox_enter(error);
}
