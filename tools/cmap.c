/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmap: the command line. Enters: options, an object, a command and its words,
 * or a file with many of them. Leaves: the commands' run with the options, in
 * the network namespace asked for. The objects and their commands are tables.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "cmap.h"
#include "nl.h"

#define VERSION "0.1"

/* An object has a table of commands, or takes all its words itself. */
struct object {
	const char *name;
	const struct command *commands;
	int (*run)(const struct cmap *c, int argc, char **argv);
	const char *usage;	/* of run */
};

static const struct object objects[] = {
	{ "link", .commands = link_commands },
	{ "map", .commands = map_commands },
	{ "sa", .commands = sa_commands },
	{ "stats", .commands = stats_commands },
	{ "monitor", .commands = monitor_commands },
	{ "drops", .commands = drops_commands },
	{ "trace", .commands = trace_commands },
	{ "show", .run = show_run, .usage = show_usage },
	{ "clear", .run = clear_run, .usage = clear_usage },
	{ "debug", .run = debug_run, .usage = debug_usage },
};
#define OBJECTS (sizeof(objects) / sizeof(objects[0]))

static void usage_object(FILE *f, const struct object *o)
{
	if (o->usage)
		fprintf(f, "       cmap %s\n", o->usage);
	else
		for (const struct command *cmd = o->commands; cmd->name; cmd++)
			fprintf(f, "       cmap %s\n", cmd->usage);
}

static int usage(FILE *f)
{
	fputs("usage: cmap [OPTIONS] OBJECT { COMMAND | help }\n"
	      "       OBJECT:", f);
	for (size_t i = 0; i < OBJECTS; i++)
		fprintf(f, " %s", objects[i].name);
	fputs("\n       OPTIONS: -j[son] -p[retty] -d[etails] -s[tatistics] -t[imestamps] -b[atch] FILE -f[orce]"
	      " -n[etns] NETNS -V[ersion] -h[elp]\n", f);
	return CMAP_USAGE;
}

static int help(void)
{
	usage(stdout);
	for (size_t i = 0; i < OBJECTS; i++)
		usage_object(stdout, &objects[i]);
	return CMAP_OK;
}

static int enter_netns(const char *name)
{
	char path[512];
	int fd;

	if (snprintf(path, sizeof(path), "%s%s", strchr(name, '/') ? "" : "/run/netns/", name) >= (int)sizeof(path)) {
		fprintf(stderr, "cmap: network namespace %s: the name is too long\n", name);
		return CMAP_REFUSED;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "cmap: network namespace %s: %s\n", name, strerror(errno));
		return CMAP_REFUSED;
	}
	if (setns(fd, CLONE_NEWNET)) {
		fprintf(stderr, "cmap: network namespace %s: %s\n", name,
			errno == EPERM ? "entering it needs root (CAP_SYS_ADMIN)" : strerror(errno));
		close(fd);
		return CMAP_REFUSED;
	}
	close(fd);
	return CMAP_OK;
}

/* Is @word, after its '-' or "--", a beginning of @name? */
static bool option(const char *word, const char *name)
{
	word += word[1] == '-' ? 2 : 1;
	return *word && !strncmp(name, word, strlen(word));
}

/* what the options say beside struct cmap */
struct batch {
	const char *path;	/* NULL: the command line is the command */
	bool force;
};

/* Options in front of the object. -1: go on at *@at; else the exit status. */
static int options(struct cmap *c, struct batch *batch, int argc, char **argv, int *at)
{
	int rc;

	for (*at = 1; *at < argc && argv[*at][0] == '-'; (*at)++) {
		const char *word = argv[*at];

		if (option(word, "json")) {
			c->json = true;
		} else if (option(word, "pretty")) {
			c->pretty = true;
		} else if (option(word, "details")) {
			c->details = true;
		} else if (option(word, "statistics")) {
			c->stats = true;
		} else if (option(word, "timestamps")) {
			c->timestamps = true;
		} else if (option(word, "Version") || !strcmp(word, "--version")) {
			puts("cmap, version " VERSION);
			return CMAP_OK;
		} else if (option(word, "help")) {
			return help();
		} else if (option(word, "force")) {
			batch->force = true;
		} else if (option(word, "batch")) {
			if (++*at == argc) {
				fprintf(stderr, "cmap: %s needs the name of a file\n", word);
				return CMAP_USAGE;
			}
			batch->path = argv[*at];
		} else if (option(word, "netns")) {
			if (++*at == argc) {
				fprintf(stderr, "cmap: %s needs the name of a network namespace\n", word);
				return CMAP_USAGE;
			}
			rc = enter_netns(argv[*at]);
			if (rc)
				return rc;
		} else {
			fprintf(stderr, "cmap: option \"%s\" is not known\n", word);
			return usage(stderr);
		}
	}
	return -1;
}

static int run_command(const struct cmap *c, const struct object *o, int argc, char **argv)
{
	const char *names[16] = { NULL };
	int i = 0;

	/* an object that is a command of its own */
	if (!o->commands[0].name[0])
		return o->commands[0].run(c, &o->commands[0], argc, argv);
	if (!argc)
		return o->commands[0].run(c, &o->commands[0], 0, argv);
	for (; o->commands[i].name; i++)
		names[i] = o->commands[i].name;
	i = words_match(argv[0], names);
	if (i >= 0)
		return o->commands[i].run(c, &o->commands[i], argc - 1, argv + 1);
	if (i == WORDS_AMBIGUOUS)
		fprintf(stderr, "cmap: %s: \"%s\" is ambiguous\n", o->name, argv[0]);
	else
		fprintf(stderr, "cmap: %s: \"%s\" is not a command\n", o->name, argv[0]);
	fputs("usage:\n", stderr);
	usage_object(stderr, o);
	return CMAP_USAGE;
}

static int run(const struct cmap *c, int argc, char **argv)
{
	const char *names[OBJECTS + 1] = { NULL };
	const struct object *o;
	int i;

	if (!argc)
		return usage(stderr);
	if (!strcmp(argv[0], "help"))
		return help();
	for (size_t n = 0; n < OBJECTS; n++)
		names[n] = objects[n].name;
	i = words_match(argv[0], names);
	if (i < 0) {
		fprintf(stderr, i == WORDS_AMBIGUOUS ? "cmap: object \"%s\" is ambiguous\n" :
						       "cmap: object \"%s\" is not known\n", argv[0]);
		return usage(stderr);
	}
	o = &objects[i];
	if (argc > 1 && !strcmp(argv[1], "help")) {
		puts("usage:");
		usage_object(stdout, o);
		return CMAP_OK;
	}
	return o->run ? o->run(c, argc - 1, argv + 1) : run_command(c, o, argc - 1, argv + 1);
}

/* One line of a batch; a '#' at a word's beginning ends it. */
static int run_line(const struct cmap *c, char *line)
{
	char **words = malloc((strlen(line) / 2 + 2) * sizeof(*words)), *rest;
	int count = 0, rc;

	if (!words) {
		fputs("cmap: out of memory\n", stderr);
		return CMAP_REFUSED;
	}
	for (char *word = strtok_r(line, " \t\r\n", &rest); word && *word != '#';
	     word = strtok_r(NULL, " \t\r\n", &rest))
		words[count++] = word;
	rc = count ? run(c, count, words) : CMAP_OK;
	free(words);
	return rc;
}

static int run_batch(const struct cmap *c, const struct batch *batch)
{
	FILE *f = strcmp(batch->path, "-") ? fopen(batch->path, "re") : stdin;
	unsigned long number = 0;
	int rc = CMAP_OK, one;
	char *line = NULL;
	size_t size = 0;

	if (!f) {
		fprintf(stderr, "cmap: %s: %s\n", batch->path, strerror(errno));
		return CMAP_REFUSED;
	}
	while ((!rc || batch->force) && getline(&line, &size, f) > 0) {
		number++;
		one = run_line(c, line);
		if (one)
			fprintf(stderr, "cmap: %s: line %lu failed\n", batch->path, number);
		rc = one ? one : rc;
		/* there may have been keys in it */
		explicit_bzero(line, size);
	}
	free(line);
	if (f != stdin)
		fclose(f);
	return rc;
}

int main(int argc, char **argv)
{
	struct batch batch = { 0 };
	struct cmap c = { 0 };
	int at, rc = options(&c, &batch, argc, argv, &at);

	if (rc >= 0)
		return rc;
	if (batch.path && at < argc) {
		fputs("cmap: with -batch the commands are in the file\n", stderr);
		return usage(stderr);
	}
	rc = batch.path ? run_batch(&c, &batch) : run(&c, argc - at, argv + at);
	nlc_end();
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "cmap: standard output: %s\n", strerror(errno));
		return rc ? rc : CMAP_REFUSED;
	}
	return rc;
}
