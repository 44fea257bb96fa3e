/* server/journal.c — lines between those who say them and the one who writes them.
 *
 * Invariants
 *  1. octet[at .. at + len), going round, are the octets not yet written; whole lines but for the
 *     first, of which a part may be out.
 *  2. The writer alone moves `at`; it copies a piece out under the lock and writes it without.
 *  3. A piece is no longer than a pipe takes at once when poll says that it takes any: the writer
 *     waits in poll alone, and there no longer than WAIT_MS. */
#include "server/journal.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/heap.h"
#include "base/instant.h"
#include "base/mem.h"
#include "base/octets.h"
#include "base/utc.h"
#include "server/lock.h"
#include "server/thread.h"
#include "sys/process.h"

#define WAIT_MS 50
#define PIECE_OCTETS ((uint32_t)PIPE_BUF)
#define LOST_TEXT_MAX 160u

struct journal {
	struct heap heap;
	struct lock lock;
	pthread_cond_t filled;
	pthread_t thread;
	int fd;
	bool is_running; /* the thread */
	bool must_end;
	uint32_t at;
	uint32_t len;
	uint32_t lost;     /* lines, since the last one that found room */
	uint32_t waits_ms; /* since must_end, for the descriptor to take anything */
	uint8_t octet[JOURNAL_OCTETS];
};

static void put(struct journal *journal, struct octets octets)
{
	uint32_t to = (journal->at + journal->len) % JOURNAL_OCTETS;
	uint32_t first = JOURNAL_OCTETS - to;

	CHECK(octets.len_octets <= JOURNAL_OCTETS - journal->len);
	if (first > octets.len_octets)
		first = octets.len_octets;
	mem_copy(journal->octet + to, octets.at, first);
	mem_copy(journal->octet, octets.at + first, octets.len_octets - first);
	journal->len += octets.len_octets;
}

static bool put_parts(struct journal *journal, const char *const *parts, uint32_t count)
{
	uint64_t octets = 0;

	for (uint32_t i = 0; i < count; i++)
		octets += strlen(parts[i]);
	if (octets > JOURNAL_OCTETS - journal->len)
		return false;
	for (uint32_t i = 0; i < count; i++)
		put(journal, octets_of_text(parts[i]));
	return true;
}

/* What was lost is said as soon as there is room, before what comes after it. */
static bool put_lost(struct journal *journal, const char *stamp)
{
	char text[LOST_TEXT_MAX];
	const char *const parts[] = { stamp, text };

	if (journal->lost == 0)
		return true;
	(void)snprintf(text, sizeof text, " plenum: %u lines lost: the log is read too slowly\n",
		       journal->lost);
	if (!put_parts(journal, parts, 2))
		return false;
	journal->lost = 0;
	return true;
}

void journal_say(struct journal *journal, const char *who, const char *text)
{
	char stamp[UTC_TEXT_MAX];
	const char *const parts[] = { stamp, " ", who, ": ", text, "\n" };

	utc_print(process_wall(), stamp);
	lock_take(&journal->lock);
	if (!put_lost(journal, stamp) || !put_parts(journal, parts, 6))
		journal->lost++;
	CHECK(pthread_cond_signal(&journal->filled) == 0);
	lock_give(&journal->lock);
}

/* --- the writer ------------------------------------------------------------------------------- */

/* The next piece, or none because it is over. */
static uint32_t piece_await(struct journal *journal, uint8_t *out)
{
	lock_take(&journal->lock);
	while (journal->len == 0 && !journal->must_end)
		lock_wait(&journal->lock, &journal->filled);
	uint32_t count = JOURNAL_OCTETS - journal->at;
	if (count > journal->len)
		count = journal->len;
	if (count > PIECE_OCTETS)
		count = PIECE_OCTETS;
	if (journal->must_end && journal->waits_ms >= JOURNAL_END_MS)
		count = 0;
	mem_copy(out, journal->octet + journal->at, count);
	lock_give(&journal->lock);
	return count;
}

static void piece_done(struct journal *journal, uint32_t count)
{
	char stamp[UTC_TEXT_MAX];

	utc_print(process_wall(), stamp);
	lock_take(&journal->lock);
	journal->at = (journal->at + count) % JOURNAL_OCTETS;
	journal->len -= count;
	if (count != 0)
		(void)put_lost(journal, stamp);
	else if (journal->must_end)
		journal->waits_ms += WAIT_MS;
	lock_give(&journal->lock);
}

/* How many octets are done with.  Nobody will ever read them, or no disk holds them: dropped. */
static uint32_t piece_write(const struct journal *journal, const uint8_t *piece, uint32_t count)
{
	struct pollfd wanted = { .fd = journal->fd, .events = POLLOUT };

	if (poll(&wanted, 1, WAIT_MS) != 1)
		return 0;
	ssize_t written = write(journal->fd, piece, count);
	if (written >= 0)
		return (uint32_t)written;
	return errno == EAGAIN || errno == EINTR ? 0 : count;
}

static void *writer_run(void *context)
{
	struct journal *journal = context;
	uint8_t piece[PIECE_OCTETS];

	for (uint32_t count; (count = piece_await(journal, piece)) != 0;)
		piece_done(journal, piece_write(journal, piece, count));
	return NULL;
}

struct fault journal_new(int fd, struct journal **out)
{
	struct heap heap = heap_libc();
	struct journal *journal = heap_zero(&heap, sizeof *journal);

	if (journal == NULL)
		return fault_of(FAULT_LIMIT, 0);
	journal->heap = heap;
	journal->fd = fd;
	lock_init(&journal->lock, LOCK_JOURNAL);
	lock_condition_init(&journal->filled);
	*out = journal;
	return fault_none();
}

struct fault journal_begin(struct journal *journal)
{
	journal->is_running = thread_begin(&journal->thread, writer_run, journal);
	return journal->is_running ? fault_none() : fault_of(FAULT_LIMIT, 0);
}

void journal_end(struct journal *journal)
{
	if (journal == NULL)
		return;
	lock_take(&journal->lock);
	journal->must_end = true;
	CHECK(pthread_cond_signal(&journal->filled) == 0);
	lock_give(&journal->lock);
	if (journal->is_running)
		CHECK(pthread_join(journal->thread, NULL) == 0);
	else
		(void)writer_run(journal);
	CHECK(pthread_cond_destroy(&journal->filled) == 0);
	lock_fini(&journal->lock);
	struct heap heap = journal->heap;
	heap_free(&heap, journal, sizeof *journal);
}
