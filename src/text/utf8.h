/* text/utf8.h — code points out of octets that may be anything, and how wide a terminal shows them.
 * Shape   RFC 3629: shortest form, no surrogates, at most U+10FFFF
 * Faults  an octet that begins no code point is taken by itself as UTF8_BAD
 * Thread  any */
#ifndef TEXT_UTF8_H
#define TEXT_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "base/octets.h"

#define UTF8_BAD 0xfffdu /* U+FFFD, the replacement character */
#define UTF8_BAD_TEXT "\xef\xbf\xbd"

/* The code point at *at, which moves behind it; *at < text.len_octets.  *good (may be NULL) is
 * false when the octets were none. */
uint32_t utf8_take(struct octets text, uint32_t *at, bool *good);

/* Columns in a terminal: 0 for what joins the character before, 2 for East Asian wide, else 1. */
uint32_t utf8_width(uint32_t code_point);

/* All code points are good and none is a control: it may be shown as it is. */
bool utf8_is_plain(struct octets text);

/* Copies, with `instead` for what is not plain, cut between characters where it no longer fits
 * `room` with its NUL.  False when it was cut. */
bool utf8_clean(struct octets text, const char *instead, char *out, uint32_t room);

#endif
