/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In: the bytes of a configuration. Out: a model, or the errors.
 *
 * Each line goes to the section it stands in, if that understands it; else the
 * section ends and the line is a global command, as on a router. Indentation
 * is only asked where neither understands the line: then a line deeper than its
 * section's head is a mistake in it, and not the next command.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/match.h"

#define SECRET_WORDS 6		/* the words of a line among which a "key" makes it secret */

/* ---- lines ---- */

static bool is_secret(const struct lexer_line *line)
{
	static const char *const word[] = { "key", "key-string", "pre-shared-key", "session-key", "password", "secret" };

	for (size_t i = 0; i < line->words && i < SECRET_WORDS; i++)
		for (size_t j = 0; j < sizeof(word) / sizeof(word[0]); j++)
			if (lexer_is(&line->word[i], word[j]))
				return true;
	return false;
}

/* How many single letters make @w into @text (two neighbours swapped count one); 3 means 3 or more. */
static unsigned int distance(const struct lexer_word *w, const char *text)
{
	size_t n = strlen(text), len = w->length;
	unsigned int d[16][16];

	if (n > 14 || len > 14 || len + 2 < n || n + 2 < len)
		return 3;
	for (size_t i = 0; i <= len; i++) {
		for (size_t j = 0; j <= n; j++) {
			unsigned int best, same;

			if (!i || !j) {
				d[i][j] = (unsigned int)(i + j);
				continue;
			}
			same = (w->text[i - 1] | 0x20) != text[j - 1];
			best = d[i - 1][j - 1] + same;
			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && (w->text[i - 1] | 0x20) == text[j - 2] &&
			    (w->text[i - 2] | 0x20) == text[j - 1] && d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[len][n] < 3 ? d[len][n] : 3;
}

/* Does the line begin with one of our commands, but for a typing mistake? Then it is reported. */
static bool misspelt(struct reader *r)
{
	static const char *const ours[] = { "crypto", "access-list", "interface" };
	size_t first = lexer_is(&r->line->word[0], "no") && r->line->words > 1;

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		unsigned int d = distance(&r->line->word[first], ours[i]);

		if (!d || d > 2)
			continue;
		reader_error(r, first, "unknown command; expected %s", ours[i]);
		return true;
	}
	return false;
}

/* A global command that is none of ours is ignored. */
static void unknown_global(struct reader *r)
{
	if (misspelt(r))
		return;
	if (r->line->words > 1 && lexer_is(&r->line->word[0], "set") &&
	    (lexer_is(&r->line->word[1], "peer") || lexer_is(&r->line->word[1], "transform-set"))) {
		reader_error(r, 0, "belongs below crypto map NAME SEQ ipsec-isakmp, and there is none above this line");
		return;
	}
	reader_ignore(r);
}

/* Index of the last keyword of a pattern: the word to name in a message about the whole command. */
static size_t last_keyword(const char *pattern)
{
	size_t word = 0, last = 0;

	for (const char *p = pattern; *p; word++) {
		if ((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9'))
			last = word;
		p += strcspn(p, " ");
		p += strspn(p, " ");
	}
	return last;
}

static void enter(struct reader *r, enum reader_mode mode)
{
	r->mode = mode;
	r->head_indent = r->line->indent;
	r->flush = r->seen = false;
}

static void run(struct reader *r, const struct match *m)
{
	const struct match_row *row = m->row;

	if (row->enter != MODE_GLOBAL)
		enter(r, row->enter);
	if (row->support == MATCH_REFUSE && row->enter == MODE_SKIP)
		r->lost_map = true;
	if (row->support == MATCH_REFUSE)
		reader_error(r, last_keyword(row->pattern), "%s", row->note);
	else if (row->support == MATCH_WARN)
		reader_warn(r, last_keyword(row->pattern), "%s", row->note);
	else if (row->support == MATCH_IGNORE)
		reader_ignore(r);
	if (row->handler)
		row->handler(r, &m->args, row->data);
}

/* The head of a section is wrong: its lines are still read, into objects that nobody keeps. */
static void enter_scratch(struct reader *r, enum reader_mode mode)
{
	struct config_arena *a = r->c->arena;

	enter(r, mode);
	r->lost_map = r->lost_map || mode == MODE_MAP || mode == MODE_SKIP;
	r->policy = arena_alloc(a, sizeof(*r->policy));
	r->set = arena_alloc(a, sizeof(*r->set));
	r->entry = arena_alloc(a, sizeof(*r->entry));
	r->profile = arena_alloc(a, sizeof(*r->profile));
	r->keyring = arena_alloc(a, sizeof(*r->keyring));
	r->isakmp_profile = arena_alloc(a, sizeof(*r->isakmp_profile));
	r->peer_policy = arena_alloc(a, sizeof(*r->peer_policy));
	r->acl = arena_alloc(a, sizeof(*r->acl));
	r->acl->acl.name = "";
	r->iface = arena_alloc(a, sizeof(*r->iface));
}

/* A mistake within the section. One in an access list matters if a crypto map uses that list. */
static void sub_error(struct reader *r, const struct match *sub)
{
	if (r->mode == MODE_ACL)
		r->defer = r->acl->acl.name;
	match_error(r, r->mode, sub);
	r->defer = NULL;
}

/* No command of the section we are in, none of ours at all. */
static void unknown(struct reader *r, const struct match *sub)
{
	size_t first = (lexer_is(&r->line->word[0], "no") || lexer_is(&r->line->word[0], "default")) && r->line->words > 1;
	bool known = match_global_word(&r->line->word[first]);
	bool deeper = r->line->indent > r->head_indent;

	switch (r->mode) {
	case MODE_GLOBAL:
	case MODE_INTERFACE:
		unknown_global(r);
		return;
	case MODE_SKIP:
		if (!known || (deeper && !r->flush))
			return;		/* part of the section, which is reported as a whole */
		r->mode = MODE_GLOBAL;
		unknown_global(r);
		return;
	default:
		if (misspelt(r)) {
			r->mode = MODE_SKIP;
			return;
		}
		if (known || (!deeper && r->seen && !r->flush)) {
			r->mode = MODE_GLOBAL;
			unknown_global(r);
			return;
		}
		sub_error(r, sub);
	}
}

static void leave(struct reader *r)
{
	r->mode = MODE_GLOBAL;
}

static bool is_exit(const struct match *m)
{
	return !strcmp(m->row->pattern, "exit") || !strcmp(m->row->pattern, "end") || !strcmp(m->row->pattern, "quit");
}

static void read_line(struct reader *r)
{
	struct match sub = { .result = MATCH_UNKNOWN }, global;

	r->secret = is_secret(r->line);
	r->defer = NULL;
	if (r->line->exec || r->line->printed) {
		reader_ignore(r);
		if (r->line->exec)
			leave(r);
		return;
	}
	if (r->mode != MODE_GLOBAL) {
		match_line(r, r->mode, &sub);
		if (sub.result == MATCH_FOUND) {
			r->seen = true;
			r->flush = r->flush || r->line->indent <= r->head_indent;
			if (is_exit(&sub))
				leave(r);
			else
				run(r, &sub);
			return;
		}
	}
	match_line(r, MODE_GLOBAL, &global);
	if (global.result == MATCH_FOUND) {
		leave(r);
		if (!is_exit(&global))
			run(r, &global);
		return;
	}
	if (!sub.ours && !global.ours) {
		unknown(r, &sub);
		return;
	}
	if (sub.ours && (!global.ours || sub.at >= global.at)) {
		sub_error(r, &sub);
		return;
	}
	leave(r);
	match_error(r, MODE_GLOBAL, &global);
	if (global.enter != MODE_GLOBAL)
		enter_scratch(r, global.enter);
}

/* The line that was read has left a key in the model: the first one tells of a file that is no place for it. */
static void exposed(struct reader *r)
{
	const char *what = "a key, and others than the file's owner may read it (mode %04o); expected mode 0600 (chmod 600 %s)";

	r->secret = true;
	if (r->strict)
		reader_error(r, r->line->words + 1, what, r->open_mode, r->file);
	else
		reader_warn(r, r->line->words + 1, what, r->open_mode, r->file);
	r->open_mode = 0;
}

static bool control_character(struct reader *r)
{
	for (size_t i = 0; i < r->line->words; i++)
		for (size_t j = 0; j < r->line->word[i].length; j++) {
			unsigned char c = (unsigned char)r->line->word[i].text[j];

			if (c >= 0x20 && c != 0x7f)
				continue;
			reader_error(r, r->line->words + 1, "control character 0x%02x in column %zu; expected text", c,
				     r->line->word[i].column + j);
			return true;
		}
	return false;
}

/*
 * Control characters matter in what is ours only: elsewhere they are what a terminal left behind. An interface is ours
 * wherever it stands: its name goes into the model.
 */
static bool may_be_ours(const struct reader *r)
{
	return (r->mode != MODE_GLOBAL && r->mode != MODE_SKIP && r->mode != MODE_INTERFACE) ||
	       lexer_starts(&r->line->word[0], "crypto") || lexer_starts(&r->line->word[0], "access-list") ||
	       lexer_starts(&r->line->word[0], "interface");
}

static void read_lines(struct reader *r, const char *data, size_t length)
{
	struct lexer lexer;

	lexer_init(&lexer, data, length);
	while (lexer_next(&lexer, r->line)) {
		struct reader_mark m = { r->line->number, r->line->fault_column, NULL };

		r->defer = NULL;
		r->secret = false;
		if (r->line->fault == LEXER_NUL)
			reader_error_at(r, &m, "NUL byte; expected text");
		else if (r->line->fault == LEXER_LONG)
			reader_error_at(r, &m, "line too long; expected at most %d bytes", CONFIG_LINE_MAX);
		else if (r->line->fault == LEXER_BANNER)
			reader_error_at(r, &m, "this banner is never closed; expected its delimiter again");
		else if (r->line->words && !(may_be_ours(r) && control_character(r)))
			read_line(r);
		if (r->open_mode && r->c->arena->secrets)
			exposed(r);
	}
}

/* ---- the whole ---- */

static int by_place(const void *left, const void *right)
{
	const struct reader_message *a = *(struct reader_message *const *)left, *b = *(struct reader_message *const *)right;

	if (a->message.line != b->message.line)
		return a->message.line < b->message.line ? -1 : 1;
	if (a->message.column != b->message.column)
		return a->message.column < b->message.column ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static bool acl_used(const struct reader *r, const char *name)
{
	for (size_t i = 0; i < r->acl_count; i++)
		if (!strcmp(r->acls[i]->acl.name, name))
			return r->acls[i]->acl.used;
	return false;
}

static void finish_report(struct reader *r)
{
	struct config_report *report = r->report;

	if (r->messages)
		qsort(r->message, r->messages, sizeof(*r->message), by_place);
	for (size_t i = 0; i < r->messages; i++) {
		struct reader_message *m = r->message[i];

		if (m->acl && !acl_used(r, m->acl))
			continue;
		arena_append(report->arena, &report->message, &report->messages, &m->message);
		report->errors += m->message.severity == CONFIG_ERROR;
		report->warnings += m->message.severity == CONFIG_WARNING;
	}
	for (size_t i = 0; i < r->ignored_count; i++)
		arena_append(report->arena, &report->message, &report->messages, r->ignored[i]);
	report->ignored = r->ignored_count;
	if (r->dropped) {
		struct config_message *m = arena_alloc(report->arena, sizeof(*m));

		*m = (struct config_message){ .severity = CONFIG_ERROR, .file = r->file,
			.text = arena_format(report->arena, "%zu more messages are not shown", r->dropped) };
		arena_append(report->arena, &report->message, &report->messages, m);
		report->errors++;
	}
}

/* All of it under one setjmp: whatever lacks memory, lands in config_read(). */
static void read_all(struct reader *r, const char *data, size_t length)
{
	if (length > CONFIG_FILE_MAX) {
		reader_error_at(r, &(struct reader_mark){ 0 }, "%zu bytes; expected at most %u", length, CONFIG_FILE_MAX);
	} else {
		read_lines(r, data, length);
		check_config(r);
	}
	finish_report(r);
}

static struct reader *reader_new(const char *file, struct config_arena *scratch, struct config_arena *model,
				 struct config_arena *messages)
{
	struct reader *r = arena_alloc(scratch, sizeof(*r));

	r->line = arena_alloc(scratch, sizeof(*r->line));
	r->c = arena_alloc(model, sizeof(*r->c));
	r->c->arena = model;
	r->c->life_seconds = CONFIG_DEFAULT_SECONDS;
	r->c->life_kilobytes = CONFIG_DEFAULT_KILOBYTES;
	r->c->replay_window = CONFIG_DEFAULT_WINDOW;
	r->c->df = CONFIG_DF_COPY;
	r->c->nat_transparency = true;
	r->c->fragmentation = CONFIG_FRAGMENT_BEFORE;
	r->report = arena_alloc(messages, sizeof(*r->report));
	r->report->arena = messages;
	r->file = arena_string(messages, file, strlen(file));
	r->at_file = arena_string(model, file, strlen(file));
	return r;
}

/* A report with one error: the file itself. */
static struct config *unreadable(const char *path, int error, struct config_report **report)
{
	struct config_arena *a = arena_new();
	struct config_message *m;
	jmp_buf full;

	*report = NULL;
	if (!a || setjmp(full)) {
		arena_free(a);
		return NULL;
	}
	a->full = &full;
	m = arena_alloc(a, sizeof(*m));
	*m = (struct config_message){ .severity = CONFIG_ERROR, .file = arena_string(a, path, strlen(path)),
		.text = arena_format(a, "%s", strerror(error)) };
	*report = arena_alloc(a, sizeof(**report));
	(*report)->arena = a;
	(*report)->errors = 1;
	arena_append(a, &(*report)->message, &(*report)->messages, m);
	a->full = NULL;
	return NULL;
}

static struct config *read_buffer(const char *file, const char *data, size_t length, unsigned int open_mode, bool strict,
				  struct config_report **report)
{
	struct config_arena *scratch = arena_new(), *model = arena_new(), *messages = arena_new();
	struct reader *r;
	struct config *c;
	jmp_buf full;

	*report = NULL;
	if (!scratch || !model || !messages || setjmp(full)) {
		arena_free(scratch);
		arena_free(model);
		arena_free(messages);
		return unreadable(file, ENOMEM, report);
	}
	scratch->full = model->full = messages->full = &full;
	r = reader_new(file, scratch, model, messages);
	r->open_mode = open_mode;
	r->strict = strict;
	read_all(r, data, length);
	*report = r->report;
	c = r->report->errors ? NULL : r->c;
	scratch->full = model->full = messages->full = NULL;
	if (!c)
		arena_free(model);
	arena_free(scratch);
	return c;
}

struct config *config_read(const char *file, const char *data, size_t length, struct config_report **report)
{
	return read_buffer(file, data, length, 0, true, report);
}

/* The mode of a file that others than its owner may read, else 0. */
static unsigned int open_mode(int fd)
{
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || !(st.st_mode & (S_IRGRP | S_IROTH)))
		return 0;
	return st.st_mode & 07777;
}

/* Read all of @fd, one byte more than allowed at most. Returns the length, -1 with errno. */
static ssize_t read_fd(int fd, char *buf, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t n = read(fd, buf + used, size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n)
			break;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

struct config *config_read_file(const char *path, bool strict, struct config_report **report)
{
	const size_t size = CONFIG_FILE_MAX + 1;
	struct config *c = NULL;
	unsigned int mode;
	int fd, error = 0;
	ssize_t length;
	char *buf;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return unreadable(path, errno, report);
	mode = open_mode(fd);
	buf = malloc(size);
	/* as far as may be: what is read holds keys */
	if (buf)
		mlock2(buf, size, MLOCK_ONFAULT);
	length = buf ? read_fd(fd, buf, size) : -1;
	error = buf ? errno : ENOMEM;
	close(fd);
	if (length < 0)
		c = unreadable(path, error, report);
	else
		c = read_buffer(path, buf, (size_t)length, mode, strict, report);
	if (buf) {
		explicit_bzero(buf, length > 0 ? (size_t)length : 0);
		munlock(buf, size);
	}
	free(buf);
	return c;
}

void config_free(struct config *c)
{
	if (c)
		arena_free(c->arena);
}
