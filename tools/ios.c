/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Router words by unique prefix over a tree; ios.h tells the rules.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "args.h"
#include "ios.h"

struct line {
	const char *object, *usage;
	int argc;
	char **argv;
};

static int usage(const struct line *l)
{
	fprintf(stderr, "usage: cmap %s\n", l->usage);
	return 0;
}

/* The line as typed, and a caret under word @at. */
static int invalid(const struct line *l, int at, const char *why)
{
	size_t column = strlen("cmap ") + strlen(l->object) + 1;

	fprintf(stderr, "cmap %s", l->object);
	for (int i = 0; i < l->argc; i++) {
		fprintf(stderr, " %s", l->argv[i]);
		if (i < at)
			column += strlen(l->argv[i]) + 1;
	}
	fprintf(stderr, "\n%*s^\n%% Invalid input detected at '^' marker.\n", (int)column, "");
	if (why)
		fprintf(stderr, "%% %s\n", why);
	return usage(l);
}

static int ambiguous(const struct line *l, int at)
{
	fprintf(stderr, "%% Ambiguous command:  \"%s", l->object);
	for (int i = 0; i <= at; i++)
		fprintf(stderr, " %s", l->argv[i]);
	fputs("\"\n", stderr);
	return usage(l);
}

static int incomplete(const struct line *l)
{
	fputs("% Incomplete command.\n", stderr);
	return usage(l);
}

/* Store a value; the reason why it is none, or NULL. */
static const char *store(const struct ios_word *w, const char *text, json_t *args)
{
	struct addr addr;
	unsigned long n;
	char *end;

	switch (w->value) {
	case IOS_ADDRESS:
		if (!addr_parse(text, &addr))
			return "An IP address is needed here, such as 192.0.2.1";
		json_object_set_new(args, w->key, json_string(text));
		return NULL;
	case IOS_NUMBER:
		n = strtoul(text, &end, 10);
		if (!isdigit((unsigned char)text[0]) || *end || !n || n > UINT32_MAX)
			return "A number from 1 to 4294967295 is needed here";
		json_object_set_new(args, w->key, json_integer((json_int_t)n));
		return NULL;
	case IOS_NAME:
		return json_object_set_new(args, w->key, json_string(text)) ? "This is no UTF-8 text" : NULL;
	case IOS_KEYWORD:
		break;
	}
	return NULL;
}

/* The tree's word for @text; NULL with *@fault telling WORDS_NONE or WORDS_AMBIGUOUS. */
static const struct ios_word *find(const struct ios_word *list, const char *text, int *fault)
{
	const char *names[32] = { NULL };
	const struct ios_word *free_value = NULL;
	int count = 0, map[32], i;

	for (i = 0; list[i].word && count < 31; i++) {
		if (!*list[i].word) {
			free_value = &list[i];
			continue;
		}
		map[count] = i;
		names[count++] = list[i].word;
	}
	i = words_match(text, names);
	if (i >= 0)
		return &list[map[i]];
	*fault = i;
	return i == WORDS_NONE ? free_value : NULL;
}

int ios_parse(const char *object, const struct ios_word *tree, const char *usage_text, int argc, char **argv,
	      json_t *args)
{
	struct line l = { object, usage_text, argc, argv };
	const struct ios_word *w = NULL;
	int fault = WORDS_NONE;

	for (int at = 0; at < argc; at++) {
		const char *why = NULL;

		if (!tree)
			return invalid(&l, at, NULL);
		w = find(tree, argv[at], &fault);
		if (!w)
			return fault == WORDS_AMBIGUOUS ? ambiguous(&l, at) : invalid(&l, at, NULL);
		if (w->value == IOS_KEYWORD) {
			if (w->key)
				json_object_set_new(args, w->key, json_true());
		} else {
			if (*w->word && ++at == argc)
				return incomplete(&l);
			why = store(w, argv[at], args);
		}
		if (why)
			return invalid(&l, at, why);
		tree = w->next;
	}
	if (!w || !w->command)
		return incomplete(&l);
	return w->command;
}
