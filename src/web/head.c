/* web/head.c — lines, names and what may stand there once. */
#include "web/head.h"

#include <strings.h>

#include "base/rd.h"

enum {
	MORE = 0,
	GOOD = 200,
	BAD = 400,
	TOO_LARGE = 431,
	NOT_THIS_VERSION = 505,
};

struct heading {
	uint32_t hosts;
	uint32_t lengths;
	uint32_t codings;
	const char *why;
};

static int bad(struct heading *heading, const char *why)
{
	heading->why = why;
	return BAD;
}

/* RFC 9110 5.6.2 */
static bool is_token(uint8_t octet)
{
	return (octet >= '0' && octet <= '9') || (octet >= 'A' && octet <= 'Z') ||
	       (octet >= 'a' && octet <= 'z') ||
	       (octet != 0 && strchr("!#$%&'*+-.^_`|~", octet) != NULL);
}

static bool names(struct octets name, const char *text)
{
	return name.len_octets == strlen(text) &&
	       strncasecmp((const char *)name.at, text, name.len_octets) == 0;
}

/* Digits alone, and no more than may come. */
static bool length_fits(struct octets value)
{
	uint32_t number = 0;

	for (uint32_t i = 0; i < value.len_octets; i++) {
		if (value.at[i] < '0' || value.at[i] > '9' || number > HEAD_BODY_OCTETS_MAX)
			return false;
		number = number * 10 + (uint32_t)(value.at[i] - '0');
	}
	return value.len_octets != 0 && number <= HEAD_BODY_OCTETS_MAX;
}

static struct octets trimmed(struct octets value)
{
	while (value.len_octets != 0 && (value.at[0] == ' ' || value.at[0] == '\t'))
		value = octets_of(value.at + 1, value.len_octets - 1);
	while (value.len_octets != 0 &&
	       (value.at[value.len_octets - 1] == ' ' || value.at[value.len_octets - 1] == '\t'))
		value.len_octets--;
	return value;
}

/* A line without its CR LF. */
static int line_judge(struct heading *heading, struct octets line)
{
	struct rd rd = rd_of_octets(line);
	uint32_t name_octets = 0;

	while (name_octets < line.len_octets && is_token(line.at[name_octets]))
		name_octets++;
	struct octets name = rd_take(&rd, name_octets);
	if (name_octets == 0 || rd_u8(&rd) != ':')
		return bad(heading, "a header line is not \"name: value\", or is folded");
	struct octets value = trimmed(rd_rest(&rd));
	if (names(name, "host"))
		heading->hosts++;
	else if (names(name, "transfer-encoding"))
		heading->codings++;
	else if (names(name, "content-length")) {
		heading->lengths++;
		if (!length_fits(value))
			return bad(heading, "Content-Length is no number, or more than may come");
	}
	return GOOD;
}

/* "GET /path HTTP/1.1" */
static int request_judge(struct heading *heading, struct octets line)
{
	static const char *const versions[] = { " HTTP/1.1", " HTTP/1.0" };
	uint32_t version_octets = (uint32_t)strlen(versions[0]);
	uint32_t at = 0;

	while (at < line.len_octets && is_token(line.at[at]))
		at++;
	if (at == 0 || at + 2 + version_octets > line.len_octets || line.at[at] != ' ')
		return bad(heading, "the first line is not \"GET /path HTTP/1.1\"");
	if (line.at[at + 1] != '/' && line.at[at + 1] != '*')
		return bad(heading, "what is asked for is not a path");
	for (at++; at < line.len_octets - version_octets; at++) {
		if (line.at[at] <= ' ' || line.at[at] >= 0x7f)
			return bad(heading, "a blank, control or octet above 126 in the path");
	}
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
		if (memcmp(line.at + at, versions[i], version_octets) == 0)
			return GOOD;
	}
	heading->why = "only HTTP/1.1 and HTTP/1.0 are spoken here";
	return NOT_THIS_VERSION;
}

/* The next line; false: it is not all there, or wrong, which `status` says. */
static bool line_take(struct rd *rd, struct octets *out, struct heading *heading, int *status)
{
	struct rd look = *rd;
	uint32_t count = 0;

	for (; rd_more(&look); count++) {
		uint8_t octet = rd_u8(&look);
		if (octet == '\r') {
			if (!rd_more(&look))
				break;
			if (rd_u8(&look) != '\n') {
				*status = bad(heading, "a carriage return without a line feed");
				return false;
			}
			*out = rd_take(rd, count);
			rd_skip(rd, 2);
			return true;
		}
		if ((octet < ' ' && octet != '\t') || octet == 0x7f) {
			*status = bad(heading,
				      octet == '\n' ? "a bare line feed" : "a control character");
			return false;
		}
	}
	*status = MORE;
	return false;
}

static int whole_judge(const struct heading *heading, const char **why)
{
	*why = heading->hosts != 1   ? "Host must be there, once" :
	       heading->lengths > 1  ? "Content-Length stands twice" :
	       heading->codings != 0 ? "no transfer coding is taken" :
				       NULL;
	return *why == NULL ? GOOD : BAD;
}

int head_judge(struct octets octets, const char **why)
{
	struct rd rd = rd_of_octets(octets);
	struct heading heading = { 0 };
	bool is_first = true;
	struct octets line;
	int status = GOOD;

	while (status == GOOD && line_take(&rd, &line, &heading, &status)) {
		if (!is_first && line.len_octets == 0)
			return whole_judge(&heading, why);
		status = is_first ? request_judge(&heading, line) : line_judge(&heading, line);
		is_first = false;
	}
	*why = heading.why;
	if (status == MORE && octets.len_octets >= HEAD_OCTETS_MAX) {
		*why = "the head is too long";
		return TOO_LARGE;
	}
	return status;
}
