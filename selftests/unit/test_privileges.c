/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The drop of privileges: who the process is afterwards, which capabilities it
 * has, what it can still do (its work), and what ends it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>
#include <uv.h>

#include "crypto.h"
#include "privileges.h"
#include "tap.h"
#include "workers.h"

static char status[4096];

static bool says(const char *field, const char *value)
{
	const char *at = strstr(status, field);

	return at && !strncmp(at + strlen(field), value, strlen(value));
}

static void read_status(void)
{
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, status, sizeof(status) - 1);

	status[n > 0 ? n : 0] = '\0';
	close(fd);
}

static struct workers *workers;
static int failed = -1;

static void work(struct worker_job *job)
{
	struct crypto_dh *dh = crypto_dh_new(14);

	(void)job;
	failed = crypto_dh_generate(dh);
	crypto_dh_free(dh);
}

static void done(struct worker_job *job)
{
	(void)job;
	workers_free(workers);
}

static void timer(uv_timer_t *t)
{
	*(int *)t->data = 1;
	uv_close((uv_handle_t *)t, NULL);
}

/* What the daemon does: threads, timers, Diffie-Hellman, the log, files. 0: all of it can be done */
static int works(void)
{
	struct worker_job job = { .work = work, .done = done };
	int fired = 0;
	uv_timer_t t;
	uv_loop_t loop;
	int fd;

	uv_loop_init(&loop);
	uv_timer_init(&loop, &t);
	t.data = &fired;
	uv_timer_start(&t, timer, 1, 0);
	workers = workers_new(&loop);
	if (!workers || workers_queue(workers, &job))
		return 2;
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	syslog(LOG_DEBUG, "ikemgr's unit test says hello");
	fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || failed || !fired)
		return 1;
	close(fd);
	return 0;
}

static int identity(void)
{
	struct rlimit core;

	read_status();
	if (!says("CapEff:\t", "0000000000001400") || !says("CapPrm:\t", "0000000000001400") ||
	    !says("CapInh:\t", "0000000000000000") || !says("CapBnd:\t", "0000000000001400") ||
	    !says("CapAmb:\t", "0000000000000000"))
		return 1;
	if (!says("NoNewPrivs:\t", "1") || !says("Seccomp:\t", "2"))
		return 2;
	/* real, effective, saved, file system; no group besides its own */
	if (!says("Uid:\t", "65534\t65534\t65534\t65534") || !says("Gid:\t", "65534\t65534\t65534\t65534") ||
	    !says("Groups:\t", " \n"))
		return 3;
	if (getrlimit(RLIMIT_CORE, &core) || core.rlim_max)
		return 4;
	if (prctl(PR_GET_DUMPABLE) != PRIVILEGES_SANITIZED)
		return 5;
	return 0;
}

static int mounts(void)
{
	return mount("none", "/mnt", "tmpfs", 0, NULL);
}

static int sniffs(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static int returns(void)
{
	return setuid(0);
}

static int names(void)
{
	return sethostname("x", 1);
}

/* With a sanitizer's leak check, which is a program of its own */
static int ends(void)
{
	exit(0);
}

/* @fn in a child that has dropped its privileges; its wait status */
static int dropped(int (*fn)(void))
{
	char error[PRIVILEGES_ERROR] = "";
	struct privileges p;
	int result;
	pid_t pid = fork();

	if (!pid) {
		privileges_protect();
		if (privileges_user("nobody", &p, error) || privileges_drop(&p, error)) {
			fprintf(stderr, "# %s\n", error);
			_exit(99);
		}
		_exit(fn());
	}
	if (waitpid(pid, &result, 0) != pid)
		return -1;
	return result;
}

static bool killed(int result)
{
	return WIFSIGNALED(result) && WTERMSIG(result) == SIGSYS;
}

static void users(void)
{
	char error[PRIVILEGES_ERROR] = "";
	struct privileges p;

	ok(privileges_user("no-such-user", &p, error) == -1 && !strcmp(error, "there is no user no-such-user"), "%s", error);
	ok(!privileges_user("root", &p, error) && !p.change, "root may stay root");
	ok(!privileges_user("nobody", &p, error) && p.change && p.uid == 65534, "or become somebody else");
}

int main(void)
{
	const char *why;
	int result;

	if (geteuid()) {
		printf("ok 1 - privileges # SKIP needs root\n1..1\n");
		return 0;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	users();
	crypto_init(&why);
	result = dropped(identity);
	ok(!result, "after the drop: two capabilities, no way to others, the user, no core file (%d)", result);
	result = dropped(works);
	ok(!result, "what the daemon does is possible: threads, timers, Diffie-Hellman, log, reading files (%d)", result);
	ok(!dropped(ends), "it can end");
	ok(killed(dropped(mounts)), "mount() ends it");
	ok(killed(dropped(sniffs)), "a packet socket ends it");
	ok(killed(dropped(returns)), "setuid() ends it");
	ok(killed(dropped(names)), "sethostname() ends it");
	return done_testing();
}
