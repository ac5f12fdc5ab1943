/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of nl_bad share; bad.c tells what it does. */
#ifndef NL_BAD_H
#define NL_BAD_H

#include <stdbool.h>

struct request;

/** result() - print one; returns @good */
bool result(bool good, const char *format, ...);

/** build() - put @r into talk_buffer. Return: bytes */
unsigned int build(const struct request *r);

/** refused() - @r must be, with @error or @or_error, @text (NULL: any) in its text, and an offset if @offset */
void refused(const struct request *r, int error, int or_error, const char *text, bool offset, const char *what);

/** contradictions() - of entries and SAs. Needs the entry and the SAs that main() makes. */
void contradictions(void);

#endif /* NL_BAD_H */
