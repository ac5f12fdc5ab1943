/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In: the bytes of a configuration. Out: its lines as words with columns.
 *
 * Lines end with LF, CR LF or CR. A "!" begins a comment where a word could
 * begin a line, or where it is a word alone. Taken off: a byte order mark, the
 * pager's "--More--" with the backspaces that wiped it, prompts, no-break
 * blanks of web pages, banners with all their text. Marked: what a router has
 * printed between the lines of a pasted session.
 */
#include <string.h>
#include <strings.h>

#include "config/lexer.h"

#define NOTE_INDENT	8u	/* how much further in than its first the second line of a router's note stands */

void lexer_init(struct lexer *l, const char *data, size_t length)
{
	*l = (struct lexer){ .data = data, .length = length };
	if (length >= 3 && !memcmp(data, "\xef\xbb\xbf", 3))
		l->at = 3;
}

bool lexer_is(const struct lexer_word *w, const char *text)
{
	return w->length == strlen(text) && !strncasecmp(w->text, text, w->length);
}

bool lexer_starts(const struct lexer_word *w, const char *keyword)
{
	return w->length && w->length <= strlen(keyword) && !strncasecmp(w->text, keyword, w->length);
}

/* Bytes of the blank at @p: 0 if there is none. Web pages make blanks U+00A0. */
static size_t blank(const char *p, const char *end)
{
	if (*p == ' ' || *p == '\t' || *p == '\b' || *p == '\f' || *p == '\v')
		return 1;
	return end - p >= 2 && p[0] == '\xc2' && p[1] == '\xa0' ? 2 : 0;
}

static const char *skip_blanks(const char *p, const char *end)
{
	size_t n;

	while (p < end && (n = blank(p, end)))
		p += n;
	return p;
}

/* The pager's question, and what wiped it from the screen. */
static const char *skip_more(const char *start, const char *end)
{
	static const char *const question[] = { "--More--", "-- More --", "<--- More --->" };
	const char *p = skip_blanks(start, end), *begin = start;

	for (size_t i = 0; i < sizeof(question) / sizeof(question[0]); i++) {
		size_t n = strlen(question[i]);

		if ((size_t)(end - p) < n || strncasecmp(p, question[i], n))
			continue;
		begin = p + n;
		for (p = begin; p < end && blank(p, end); p += blank(p, end))
			if (*p == '\b')
				begin = p + 1;
		return begin;
	}
	return start;
}

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '.' || c == '/';
}

/* "siteA#", "siteA(config-isakmp)#", "siteA>" in front; @exec: outside configuration mode. */
static const char *skip_prompt(const char *p, const char *end, bool *exec)
{
	const char *q = p;
	bool config = false;

	while (q < end && name_char(*q))
		q++;
	if (q == p || q == end)
		return p;
	if (*q == '(') {
		while (q < end && *q != ')' && *q != ' ')
			q++;
		if (q == end || *q != ')')
			return p;
		config = true;
		if (++q == end)
			return p;
	}
	if (*q != '#' && (*q != '>' || config))
		return p;
	*exec = !config;
	return q + 1;
}

static void split(struct lexer_line *line, const char *start, const char *p, const char *end)
{
	while ((p = skip_blanks(p, end)) < end) {
		struct lexer_word *w = &line->word[line->words];

		w->text = p;
		w->column = (unsigned int)(p - start) + 1;
		while (p < end && !blank(p, end))
			p++;
		w->length = (size_t)(p - w->text);
		if (w->text[0] == '!' && (!line->words || w->length == 1))
			return;
		line->words++;
		line->end = (unsigned int)(p - start) + 1;
	}
}

static bool full_stop(const struct lexer_line *line)
{
	const struct lexer_word *last = &line->word[line->words - 1];

	return last->text[last->length - 1] == '.' || last->text[last->length - 1] == '!';
}

/*
 * "% NOTE: ...", which goes on in lines further in until it has a full stop, the "^" under a word that was refused,
 * "*Mar  1 00:12:33.123: %SYS-5-CONFIG_I: ...": no command begins so.
 */
static void mark_printed(struct lexer *l, struct lexer_line *line)
{
	const struct lexer_word *first = &line->word[0];
	bool percent;

	if (!line->words)
		return;
	if (first->text[0] == '%')
		l->note = line->indent + NOTE_INDENT;
	percent = first->text[0] == '%' || (l->note && line->indent >= l->note);
	line->printed = percent || first->text[0] == '*' || (line->words == 1 && lexer_is(first, "^"));
	if (!percent || full_stop(line))
		l->note = 0;
}

/* One physical line into [*start, *end); false: no more. */
static bool take(struct lexer *l, const char **start, const char **end)
{
	const char *p = l->data + l->at, *stop = l->data + l->length;

	if (p >= stop)
		return false;
	*start = p;
	while (p < stop && *p != '\n' && *p != '\r')
		p++;
	*end = p;
	if (p < stop)
		p += stop - p >= 2 && p[0] == '\r' && p[1] == '\n' ? 2 : 1;
	l->at = (size_t)(p - l->data);
	l->number++;
	return true;
}

static const char *find(const char *p, const char *end, const char *mark, size_t n)
{
	for (; (size_t)(end - p) >= n; p++)
		if (!memcmp(p, mark, n))
			return p;
	return NULL;
}

/*
 * "banner motd ^C text ^C": the delimiter is the first character behind the
 * banner's kind; routers print control-C as two characters.
 */
static void skip_banner(struct lexer *l, struct lexer_line *line, const char *end)
{
	static const char *const kind[] = { "config-save", "exec", "incoming", "login", "motd",
					    "prompt-timeout", "slip-ppp" };
	const char *mark, *start;
	size_t n, at = 1;

	if (line->words < 2 || !lexer_is(&line->word[0], "banner"))
		return;
	for (size_t i = 0; at == 1 && i < sizeof(kind) / sizeof(kind[0]); i++)
		if (lexer_starts(&line->word[1], kind[i]))
			at = 2;
	if (at >= line->words)
		return;
	mark = line->word[at].text;
	n = mark[0] == '^' && line->word[at].length > 1 ? 2 : 1;
	line->words = at;
	if (find(mark + n, end, mark, n))
		return;
	while (take(l, &start, &end))
		if (find(start, end, mark, n))
			return;
	line->fault = LEXER_BANNER;
	line->fault_column = line->word[0].column;
}

bool lexer_next(struct lexer *l, struct lexer_line *line)
{
	const char *start, *end, *p, *nul;

	if (!take(l, &start, &end))
		return false;
	line->number = l->number;
	line->words = 0;
	line->exec = line->printed = false;
	line->indent = 0;
	line->end = 1;
	line->fault = LEXER_OK;
	nul = memchr(start, '\0', (size_t)(end - start));
	if (nul || end - start > CONFIG_LINE_MAX) {
		line->fault = nul ? LEXER_NUL : LEXER_LONG;
		line->fault_column = nul ? (unsigned int)(nul - start) + 1 : CONFIG_LINE_MAX + 1;
		return true;
	}
	p = skip_more(start, end);
	line->indent = (unsigned int)(skip_blanks(p, end) - p);
	if (!line->indent)
		p = skip_prompt(p, end, &line->exec);
	split(line, start, p, end);
	mark_printed(l, line);
	skip_banner(l, line, end);
	return true;
}
