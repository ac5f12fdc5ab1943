/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every command of cmap gets: the options before the object, its own line
 * of the command table, and its words.
 */
#ifndef TOOLS_CMAP_H
#define TOOLS_CMAP_H

#include <stdbool.h>

/* exit statuses */
#define CMAP_OK		0
#define CMAP_REFUSED	1	/* the kernel, the daemon or the system said no */
#define CMAP_USAGE	2	/* wrong words */

/** struct cmap - the options before the object */
struct cmap {
	bool json, pretty, details, stats, timestamps;
};

/**
 * struct command - one line of the command table
 * @name: the word after the object
 * @usage: what follows "usage: cmap OBJECT "; lines after the first are indented
 * @run: @argv are the words after the command; returns the exit status
 */
struct command {
	const char *name;
	const char *usage;
	int (*run)(const struct cmap *c, const struct command *cmd, int argc, char **argv);
};

/* one table per object, ended by a NULL name; the first one is the default */
extern const struct command link_commands[];
extern const struct command map_commands[];
extern const struct command sa_commands[];
extern const struct command stats_commands[];
extern const struct command monitor_commands[];
extern const struct command drops_commands[];
extern const struct command trace_commands[];

/* the router's words take all that follows themselves */
int show_run(const struct cmap *c, int argc, char **argv);
int clear_run(const struct cmap *c, int argc, char **argv);
int debug_run(const struct cmap *c, int argc, char **argv);

extern const char show_usage[], clear_usage[], debug_usage[];

#endif
