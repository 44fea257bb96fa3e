/* unit/server/journal.c — the log holds nobody up, and says what it lost. */
#include "server/journal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kit/tap.h"

#define LINES 40000u
#define LINE_OCTETS 64u
static_assert(LINES * LINE_OCTETS > 2u * JOURNAL_OCTETS, "more than there is room for");

struct reading {
	int fd;
	char line[512];
	char piece[4096];
	ssize_t piece_len;
	ssize_t at;
};

static bool line_next(struct reading *reading)
{
	for (size_t len = 0; len < sizeof reading->line;) {
		if (reading->at == reading->piece_len) {
			reading->piece_len = read(reading->fd, reading->piece,
						  sizeof reading->piece);
			reading->at = 0;
			if (reading->piece_len <= 0)
				return false;
		}
		char octet = reading->piece[reading->at++];
		reading->line[len++] = octet == '\n' ? '\0' : octet;
		if (octet == '\n')
			return true;
	}
	return false;
}

/* The number behind "line ", or of lines lost. */
static bool number_of(const char *line, const char *behind, unsigned *out)
{
	const char *at = strstr(line, behind);

	return at != NULL && sscanf(at + strlen(behind), "%u", out) == 1;
}

static void case_nobody_reads(void)
{
	int fds[2];
	struct journal *journal;
	char text[LINE_OCTETS];
	unsigned expected = 0;
	unsigned lost = 0;
	unsigned number;

	expect_true(pipe(fds) == 0);
	expect_true(!failed(journal_new(fds[1], &journal)));
	expect_true(!failed(journal_begin(journal)));
	for (uint32_t i = 0; i < LINES; i++) {
		(void)snprintf(text, sizeof text, "line %u %048d", i, 0);
		journal_say(journal, "test", text);
	}
	/* Now somebody reads: lines in order, and in the place of those that found no room their
	 * number. */
	struct reading reading = { .fd = fds[0] };
	for (uint32_t lines = 0; expected < LINES && lines < LINES; lines++) {
		expect_true(line_next(&reading));
		if (number_of(reading.line, " plenum: ", &number)) {
			lost += number;
			expected += number;
		} else {
			expect_true(number_of(reading.line, " test: line ", &number));
			expect_u64(number, expected++);
		}
	}
	expect_u64(expected, LINES);
	expect_true(lost > 1000 && lost < LINES - 1000);
	journal_say(journal, "test", "line 7");
	expect_true(line_next(&reading));
	expect_true(strstr(reading.line, " test: line 7") != NULL);
	journal_end(journal);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void case_end(void)
{
	int fds[2];
	struct journal *journal;

	expect_true(pipe(fds) == 0);
	expect_true(!failed(journal_new(fds[1], &journal)));
	expect_true(!failed(journal_begin(journal)));
	for (uint32_t i = 0; i < LINES; i++)
		journal_say(journal, "test", "nobody will ever read this");
	journal_end(journal); /* comes back */
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void case_last_lines(void)
{
	int fds[2];
	struct journal *journal;
	struct reading reading = { 0 };

	expect_true(pipe(fds) == 0);
	expect_true(!failed(journal_new(fds[1], &journal)));
	expect_true(!failed(journal_begin(journal)));
	journal_say(journal, "test", "ending");
	journal_end(journal);
	(void)close(fds[1]);
	reading.fd = fds[0];
	expect_true(line_next(&reading));
	expect_true(strstr(reading.line, "Z test: ending") != NULL);
	expect_true(!line_next(&reading));
	(void)close(fds[0]);
}

static const struct tap_case cases[] = {
	{ "a log that nobody reads", case_nobody_reads, 0 },
	{ "an end that nobody reads", case_end, 0 },
	{ "the last lines are written", case_last_lines, 0 },
};
TAP_MAIN(cases)
