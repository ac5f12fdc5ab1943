/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon: options, start, signals, reload, end. It stays in the
 * foreground; everything runs on one loop.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "apply.h"
#include "config/model.h"
#include "control.h"
#include "crypto.h"
#include "iface.h"
#include "ike.h"
#include "kernel.h"
#include "netroute.h"
#include "privileges.h"
#include "udp.h"

#ifndef IKEMGR_VERSION
#define IKEMGR_VERSION "0.1"
#endif
#define DEFAULT_FILE "/etc/ikemgr/ikemgr.conf"

struct options {
	const char *file, *user;
	bool check, debug, verbose;
	struct apply_names names;
};

struct daemon {
	struct options options;
	uv_loop_t loop;
	uv_signal_t hup, term, interrupt, usr1;
	bool hand_over;			/* the kernel's SAs carry traffic on, for the next daemon */
	struct event_hub *hub;
	struct ike ike;
	struct kernel *kernel;
	struct udp *udp;
	struct control *control;
	struct iface_watch *watch;
	struct apply *apply;
	struct config *config;
	struct privileges privileges;
};

static void usage(void)
{
	fprintf(stderr, "usage: ikemgr [-f FILE] [-i NAME=IF]... [-u USER] [-d | -v]\n       ikemgr -t FILE\n       ikemgr -V\n");
	exit(2);
}

static void add_name(struct options *o, const char *arg)
{
	const char *equals = strchr(arg, '=');

	if (!equals || equals == arg || !equals[1]) {
		fprintf(stderr, "ikemgr: -i %s: expected NAME=INTERFACE, as in -i FastEthernet0/0=eth1\n", arg);
		usage();
	}
	if (apply_names_add(&o->names, arg, (size_t)(equals - arg), equals + 1)) {
		fprintf(stderr, "ikemgr: out of memory\n");
		exit(1);
	}
}

static void parse_options(int argc, char **argv, struct options *o)
{
	static const struct option names[] = { { "user", required_argument, NULL, 'u' }, { 0 } };
	int opt;

	o->file = DEFAULT_FILE;
	while ((opt = getopt_long(argc, argv, "f:t:i:u:dvV", names, NULL)) != -1) {
		switch (opt) {
		case 't':
			o->check = true;
			/* fall through */
		case 'f':
			o->file = optarg;
			break;
		case 'i':
			add_name(o, optarg);
			break;
		case 'u':
			o->user = optarg;
			break;
		case 'd':
			o->debug = true;
			break;
		case 'v':
			o->verbose = true;
			break;
		case 'V':
			puts("ikemgr " IKEMGR_VERSION);
			exit(0);
		default:
			usage();
		}
	}
	if (optind < argc) {
		fprintf(stderr, "ikemgr: unexpected argument: %s\n", argv[optind]);
		usage();
	}
}

static void notify_ready(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd;

	if (!path || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, strlen(path));
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, "READY=1", 7, MSG_NOSIGNAL, (struct sockaddr *)&to,
	       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
	close(fd);
}

static void print_event(void *arg, const struct event *ev, json_t *json)
{
	char *line = json_dumps(json, JSON_COMPACT);

	(void)arg;
	(void)ev;
	if (line)
		fprintf(stderr, "%s\n", line);
	free(line);
}

/* The configuration, or NULL when it has errors. The messages go to stderr. */
static struct config *read_config(const char *file, bool strict)
{
	struct config_report *report;
	struct config *config = config_read_file(file, strict, &report);

	config_report_print(report, stderr);
	config_report_free(report);
	return config;
}

static int check(const struct options *o)
{
	struct config *config = read_config(o->file, false);
	int status = config ? 0 : 1;

	config_free(config);
	return status;
}

/* --- events of the loop --- */

static void on_datagram(void *arg, const struct addr *local, uint16_t local_port, const struct addr *remote,
			uint16_t remote_port, const uint8_t *data, size_t len)
{
	ike_input(arg, local, local_port, remote, remote_port, data, len);
}

static void on_interfaces(void *arg)
{
	struct daemon *d = arg;

	apply_interfaces(d->apply, d->config);
}

static void report_messages(struct daemon *d, const struct config_report *report)
{
	static const char *const levels[] = { [CONFIG_ERROR] = "error", [CONFIG_WARNING] = "warning" };
	size_t i;

	for (i = 0; report && i < report->messages; i++) {
		const struct config_message *m = report->message[i];

		if (m->severity != CONFIG_IGNORED)
			event_daemon(d->hub, levels[m->severity], "%s:%u:%u: %s%s%s", m->file, m->line, m->column,
				     m->word ? m->word : "", m->word ? ": " : "", m->text);
	}
}

static void on_reload(uv_signal_t *signal, int number)
{
	struct daemon *d = signal->data;
	struct config_report *report;
	struct config *config = config_read_file(d->options.file, true, &report);

	(void)number;
	report_messages(d, report);
	config_report_free(report);
	if (!config) {
		event_daemon(d->hub, "error", "%s has errors: the configuration stays as it was", d->options.file);
		return;
	}
	apply_config(d->apply, d->config, config);
	config_free(d->config);
	d->config = config;
	event_daemon(d->hub, "info", "%s is loaded", d->options.file);
}

static void on_end(uv_signal_t *signal, int number)
{
	struct daemon *d = signal->data;

	(void)number;
	uv_stop(&d->loop);
}

static void on_hand_over(uv_signal_t *signal, int number)
{
	struct daemon *d = signal->data;

	d->hand_over = true;
	on_end(signal, number);
}

/* --- start and end --- */

static void watch_signal(struct daemon *d, uv_signal_t *handle, uv_signal_cb fn, int number)
{
	uv_signal_init(&d->loop, handle);
	handle->data = d;
	uv_signal_start(handle, fn, number);
}

static int fail(const char *text)
{
	fprintf(stderr, "ikemgr: %s\n", text);
	return -1;
}

static int open_world(struct daemon *d)
{
	struct ike_world world = { .send = udp_send, .kernel = &kernel_ops_genl, .route = &netroute_ops };
	char error[256];

	d->kernel = kernel_open(&d->loop, &ike_kernel_events, &d->ike, error);
	if (!d->kernel)
		return fail(error);
	d->udp = udp_open(&d->loop, on_datagram, &d->ike, error);
	if (!d->udp)
		return fail(error);
	world.send_ctx = d->udp;
	world.kernel_ctx = d->kernel;
	if (ike_init(&d->ike, &d->loop, d->hub, &world))
		return fail("out of memory or descriptors");
	d->control = control_open(&d->ike, error);
	if (!d->control)
		return fail(error);
	d->watch = iface_watch_new(&d->loop, on_interfaces, d);
	d->apply = apply_new(&d->ike, &d->options.names);
	return d->watch && d->apply ? 0 : fail("no netlink socket, or no memory");
}

/* Root has read the file; who we are now may not be able to read it again: which folder, or the file itself, is in the way? */
static void warn_reload(struct daemon *d)
{
	const char *file = d->options.file, *user = d->privileges.name, *slash;
	char folder[PATH_MAX];

	if (!d->privileges.change || !access(file, R_OK))
		return;
	for (slash = strchr(file + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - file), file);
		if (!access(folder, X_OK))
			continue;
		event_daemon(d->hub, "warning", "%s: user %s may not enter %s: SIGHUP cannot load it again (chgrp %s %s; chmod g+x %s)",
			     file, user, folder, user, folder, folder);
		return;
	}
	event_daemon(d->hub, "warning", "%s: user %s may not read it: SIGHUP cannot load it again (chown %s %s)", file, user, user,
		     file);
}

static int start(struct daemon *d)
{
	char error[PRIVILEGES_ERROR];

	uv_loop_init(&d->loop);
	d->hub = event_hub_new();
	if (!d->hub)
		return fail("out of memory");
	openlog("ikemgr", LOG_PID, LOG_DAEMON);
	event_hub_syslog(d->hub, true, !d->options.debug && (d->options.verbose || access("/dev/log", W_OK)));
	if (d->options.debug)
		event_subscribe(d->hub, print_event, NULL);
	/* before anything is programmed: a file with errors leaves everything as it is */
	if (privileges_user(d->options.user, &d->privileges, error))
		return fail(error);
	d->config = read_config(d->options.file, true);
	if (!d->config || open_world(d))
		return -1;
	watch_signal(d, &d->hup, on_reload, SIGHUP);
	watch_signal(d, &d->term, on_end, SIGTERM);
	watch_signal(d, &d->interrupt, on_end, SIGINT);
	watch_signal(d, &d->usr1, on_hand_over, SIGUSR1);
	if (privileges_drop(&d->privileges, error))
		return fail(error);
	apply_config(d->apply, NULL, d->config);
	warn_reload(d);
	notify_ready();
	return 0;
}

static void close_signal(uv_signal_t *handle)
{
	if (handle->data)
		uv_close((uv_handle_t *)handle, NULL);
}

/*
 * 1. peers are told, SAs leave the kernel; 2. bindings and maps leave it (or,
 * handed over, neither: a responder's half-made pairs are the next one's, too); 3. no
 * event comes in any more; 4. objects are freed; 5. the loop runs until every
 * handle is closed and every worker is back.
 */
static void end(struct daemon *d)
{
	if (d->hand_over) {
		event_daemon(d->hub, "info", "the SAs stay in the kernel, for the next daemon to take over");
		apply_free(d->apply);
	} else if (d->apply) {
		ike_stop(&d->ike);
		apply_end(d->apply, d->config);
	}
	control_close(d->control);
	iface_watch_free(d->watch);
	if (d->ike.loop)
		ike_fini(&d->ike);
	kernel_close(d->kernel);
	udp_close(d->udp);
	close_signal(&d->hup);
	close_signal(&d->term);
	close_signal(&d->interrupt);
	close_signal(&d->usr1);
	uv_run(&d->loop, UV_RUN_DEFAULT);
	uv_loop_close(&d->loop);
	event_hub_free(d->hub);
	config_free(d->config);
}

int main(int argc, char **argv)
{
	static struct daemon d;
	const char *why = "";
	int status;

	parse_options(argc, argv, &d.options);
	privileges_protect();
	/* Of a thread's stack some KiB are used; where one meets a huge page it would take 2 MiB. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	if (crypto_init(&why)) {
		fprintf(stderr, "ikemgr: libgcrypt: %s\n", why);
		return 1;
	}
	if (d.options.check) {
		status = check(&d.options);
	} else {
		status = start(&d) ? 1 : 0;
		if (!status)
			uv_run(&d.loop, UV_RUN_DEFAULT);
		end(&d);
	}
	free(d.options.names.pair);
	crypto_fini();
	return status;
}
