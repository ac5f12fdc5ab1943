/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In: what is wrong with a line, from whoever reads it. Out: messages with
 * file, line, column and word, and the list of ignored commands. No word of a
 * line that holds a key gets into a message.
 */
#include <stdio.h>
#include <string.h>

#include "config/match.h"

#define WORD_SHOWN 64		/* bytes of a word that a message repeats */

/* A word as it may be printed: control characters as \xNN, cut where it is long. */
static const char *printable(struct config_arena *a, const char *text, size_t length)
{
	char buf[WORD_SHOWN * 4 + 4];
	size_t n = 0;

	for (size_t i = 0; i < length && i < WORD_SHOWN; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c == 0x7f)
			n += (size_t)snprintf(buf + n, sizeof(buf) - n, "\\x%02x", c);
		else
			buf[n++] = (char)c;
	}
	if (length > WORD_SHOWN)
		n += (size_t)snprintf(buf + n, sizeof(buf) - n, "...");
	return arena_string(a, buf, n);
}

__attribute__((format(printf, 4, 0)))
static void add(struct reader *r, enum config_severity severity, const struct reader_mark *m, const char *fmt, va_list ap)
{
	struct config_arena *a = r->report->arena;
	struct reader_message *msg;

	r->errors += severity == CONFIG_ERROR && !r->defer;
	if (r->messages >= READER_MESSAGES) {
		r->dropped++;
		return;
	}
	msg = arena_alloc(a, sizeof(*msg));
	msg->message = (struct config_message){ .severity = severity, .file = r->file, .line = m->line,
		.column = m->column, .text = arena_vformat(a, fmt, ap) };
	if (m->word)
		msg->message.word = printable(a, m->word, strlen(m->word));
	if (r->defer)
		msg->acl = arena_string(a, r->defer, strlen(r->defer));
	msg->order = r->messages;
	arena_append(a, &r->message, &r->messages, msg);
}

struct config_at reader_here(const struct reader *r)
{
	return (struct config_at){ .file = r->at_file, .line = r->line->number };
}

struct reader_mark reader_mark(struct reader *r, size_t index)
{
	struct reader_mark m = { .line = r->line->number };

	if (index < r->line->words) {
		const struct lexer_word *w = &r->line->word[index];

		m.column = w->column;
		if (!r->secret || !index)	/* a line's first word is a command, never a key */
			m.word = printable(r->report->arena, w->text, w->length);
	} else if (index == r->line->words) {
		m.column = r->line->end;
	}
	return m;
}

void reader_error(struct reader *r, size_t index, const char *fmt, ...)
{
	struct reader_mark m = reader_mark(r, index);
	va_list ap;

	va_start(ap, fmt);
	add(r, CONFIG_ERROR, &m, fmt, ap);
	va_end(ap);
}

void reader_warn(struct reader *r, size_t index, const char *fmt, ...)
{
	struct reader_mark m = reader_mark(r, index);
	va_list ap;

	va_start(ap, fmt);
	add(r, CONFIG_WARNING, &m, fmt, ap);
	va_end(ap);
}

void reader_error_at(struct reader *r, const struct reader_mark *m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(r, CONFIG_ERROR, m, fmt, ap);
	va_end(ap);
}

void reader_warn_at(struct reader *r, const struct reader_mark *m, const char *fmt, ...)
{
	va_list ap;

	if (r->errors)
		return;
	va_start(ap, fmt);
	add(r, CONFIG_WARNING, m, fmt, ap);
	va_end(ap);
}

/* ---- what is ignored ---- */

/* Only letters, digits and hyphens: a word that can be part of a command. */
static bool plain(const struct lexer_word *w)
{
	for (size_t i = 0; i < w->length; i++) {
		char c = w->text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'))
			return false;
	}
	return w->length && w->length < WORD_SHOWN;
}

/* Commands that say nothing by their first word alone. */
static bool is_family(const struct lexer_word *w)
{
	static const char *const family[] = { "aaa", "crypto", "ip", "ipv6", "logging", "service", "snmp-server" };

	for (size_t i = 0; i < sizeof(family) / sizeof(family[0]); i++)
		if (lexer_is(w, family[i]))
			return true;
	return false;
}

void reader_ignore_as(struct reader *r, const char *text, unsigned int line)
{
	struct config_arena *a = r->report->arena;
	struct config_message *m;

	for (size_t i = 0; i < r->ignored_count; i++) {
		if (strcmp(r->ignored[i]->text, text))
			continue;
		r->ignored[i]->lines++;
		return;
	}
	if (r->ignored_count >= READER_IGNORED) {
		m = r->ignored[READER_IGNORED - 1];
		m->text = "further commands";
		m->lines++;
		return;
	}
	m = arena_alloc(a, sizeof(*m));
	*m = (struct config_message){ .severity = CONFIG_IGNORED, .file = r->file, .line = line,
		.text = arena_string(a, text, strlen(text)), .lines = 1 };
	arena_append(a, &r->ignored, &r->ignored_count, m);
}

void reader_ignore(struct reader *r)
{
	const struct lexer_line *line = r->line;
	char text[3 * WORD_SHOWN + 4];
	size_t i = 0, n = 0;
	bool more = true;

	if (line->printed || !plain(&line->word[0])) {
		reader_ignore_as(r, "lines that begin with no command", line->number);
		return;
	}
	for (; more && i < line->words && i < 3 && plain(&line->word[i]); i++) {
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%.*s", i ? " " : "", (int)line->word[i].length,
				      line->word[i].text);
		more = is_family(&line->word[i]) || (!i && (lexer_is(&line->word[i], "no") || lexer_is(&line->word[i], "default")));
		more = more && !r->secret;
	}
	reader_ignore_as(r, text, line->number);
}

/* ---- printing ---- */

void config_report_print(const struct config_report *report, FILE *out)
{
	for (size_t i = 0; report && i < report->messages; i++) {
		const struct config_message *m = report->message[i];

		fprintf(out, "%s:", m->file);
		if (m->line)
			fprintf(out, "%u:", m->line);
		if (m->column)
			fprintf(out, "%u:", m->column);
		switch (m->severity) {
		case CONFIG_ERROR:
			fprintf(out, " error: %s%s%s\n", m->word ? m->word : "", m->word ? ": " : "", m->text);
			break;
		case CONFIG_WARNING:
			fprintf(out, " warning: %s%s%s\n", m->word ? m->word : "", m->word ? ": " : "", m->text);
			break;
		case CONFIG_IGNORED:
			fprintf(out, " ignored: %s", m->text);
			fprintf(out, m->lines > 1 ? " (%u lines)\n" : "\n", m->lines);
			break;
		}
	}
}

void config_report_free(struct config_report *report)
{
	if (report)
		arena_free(report->arena);
}

/* ---- words ---- */

const char *reader_string(struct reader *r, const struct lexer_word *w)
{
	return arena_string(r->c->arena, w->text, w->length);
}

const char *reader_rest(struct reader *r, size_t from)
{
	const struct lexer_word *first, *last;

	if (from >= r->line->words)
		return "";
	first = &r->line->word[from];
	last = &r->line->word[r->line->words - 1];
	return arena_string(r->c->arena, first->text, (size_t)(last->text + last->length - first->text));
}

bool reader_number(const struct lexer_word *w, uint64_t *out)
{
	uint64_t n = 0;

	if (!w->length || w->length > 10)
		return false;
	for (size_t i = 0; i < w->length; i++) {
		if (w->text[i] < '0' || w->text[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(w->text[i] - '0');
	}
	*out = n;
	return true;
}

bool reader_address(const struct lexer_word *w, struct addr *out)
{
	char text[16];

	if (w->length >= sizeof(text))
		return false;
	memcpy(text, w->text, w->length);
	text[w->length] = '\0';
	return addr_parse(text, out) && out->length == 4;
}

bool reader_address6(const struct lexer_word *w, struct addr *out)
{
	char text[ADDR_TEXT];

	if (w->length >= sizeof(text))
		return false;
	memcpy(text, w->text, w->length);
	text[w->length] = '\0';
	return addr_parse(text, out) && out->length == 16;
}

bool reader_prefix6(const struct lexer_word *w, struct addr *out, uint8_t *prefix)
{
	const char *slash = memchr(w->text, '/', w->length);
	struct lexer_word head = *w, tail = { 0 };
	uint64_t n;

	if (!slash)
		return false;
	head.length = (size_t)(slash - w->text);
	tail.text = slash + 1;
	tail.length = w->length - head.length - 1;
	if (!reader_address6(&head, out) || !reader_number(&tail, &n) || n > 128)
		return false;
	*prefix = (uint8_t)n;
	return true;
}

bool reader_netmask(const struct lexer_word *w, uint8_t *prefix)
{
	struct addr a;
	uint32_t mask;

	if (!reader_address(w, &a))
		return false;
	mask = ntohl(addr_in(&a).s_addr);
	if (mask & (~mask >> 1))
		return false;
	*prefix = (uint8_t)__builtin_popcount(mask);
	return true;
}

void reader_mask_addr(struct addr *a, unsigned int prefix)
{
	for (unsigned int i = 0; i < a->length; i++) {
		unsigned int keep = prefix > i * 8 ? prefix - i * 8 : 0;

		if (keep < 8)
			a->bytes[i] &= (uint8_t)(0xff << (8 - keep));
	}
}
