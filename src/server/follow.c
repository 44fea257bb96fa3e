/* server/follow.c — one thread that waits for the database. */
#include "server/follow.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "server/lock.h"
#include "server/thread.h"
#include "store/watch.h"
#include "sys/process.h"

struct follow {
	struct serving *serving;
	struct store_watch *watch;
	struct heap heap;
	pthread_t thread;
	_Atomic bool must_end;
	int wake_fd;
	struct lock lock; /* what follows */
	struct follow_state state;
	struct complaints complaints; /* of the thread */
};

void follow_state(struct follow *follow, struct follow_state *out)
{
	*out = (struct follow_state){ 0 };
	if (follow == NULL)
		return;
	lock_take(&follow->lock);
	*out = follow->state;
	lock_give(&follow->lock);
}

static void away(struct follow *follow, const char *words)
{
	char text[VIEW_STATUS_WORDS_MAX + 64];

	lock_take(&follow->lock);
	bool is_new = !follow->state.is_away;
	if (is_new)
		follow->state = (struct follow_state){ true, process_wall(), "" };
	(void)snprintf(follow->state.words, sizeof follow->state.words, "%s", words);
	lock_give(&follow->lock);
	if (!is_new)
		return;
	(void)snprintf(text, sizeof text, "%s; serving what is known", words);
	serving_tell(follow->serving, text);
}

static void back(struct follow *follow)
{
	lock_take(&follow->lock);
	bool was_away = follow->state.is_away;
	follow->state = (struct follow_state){ 0 };
	lock_give(&follow->lock);
	if (was_away)
		serving_tell(follow->serving, "the database is back");
}

/* A fault: to be tried again. */
static struct fault registry_take(struct follow *follow, bool is_told)
{
	struct complaints *complaints = &follow->complaints;

	*complaints = (struct complaints){ 0 };
	serving_record_take(follow->serving);
	struct fault fault = serving_replan(follow->serving, complaints);
	serving_record_give(follow->serving);
	if (!failed(fault) && is_told)
		serving_tell(follow->serving,
			     "another server has changed the registry; it holds here, too");
	if (fault.kind == FAULT_SYSTEM)
		away(follow, complaints->count != 0 ? complaints->list[0].text : "");
	return fault;
}

static void await(const struct follow *follow, bool with_news, uint32_t wait_ms)
{
	struct pollfd at[2] = { { .fd = follow->wake_fd, .events = POLLIN },
				{ .fd = with_news ? store_watch_fd(follow->watch) : -1,
				  .events = POLLIN } };

	(void)poll(at, 2, (int)wait_ms);
}

/* `is_due`: news that are not yet in force.  That a connection was made is such, too, since nobody
 * listened before; it is not worth a line. */
static void *run(void *context)
{
	struct follow *follow = context;
	uint32_t retry_ms = FOLLOW_RETRY_MS_MIN;
	bool is_due = false;
	bool is_told = false;

	while (!atomic_load(&follow->must_end)) {
		bool has_changed = false;
		bool was_there = store_watch_fd(follow->watch) >= 0;
		bool is_there = !failed(store_watch_look(follow->watch, &has_changed));
		is_told = is_due ? is_told : was_there;
		is_due |= has_changed;
		if (!is_there)
			away(follow, store_watch_error(follow->watch));
		else
			is_due = is_due && failed(registry_take(follow, is_told));
		if (is_there && !is_due) {
			back(follow);
			retry_ms = FOLLOW_RETRY_MS_MIN;
			await(follow, true, WATCH_SILENCE_MS);
			continue;
		}
		await(follow, false, retry_ms);
		retry_ms = retry_ms * 2 < FOLLOW_RETRY_MS_MAX ? retry_ms * 2 : FOLLOW_RETRY_MS_MAX;
	}
	return NULL;
}

static void follow_free(struct follow *follow)
{
	struct heap heap = follow->heap; /* it counts itself */

	store_watch_free(follow->watch);
	if (follow->wake_fd >= 0)
		(void)close(follow->wake_fd);
	lock_fini(&follow->lock);
	heap_free(&heap, follow, sizeof *follow);
}

struct fault follow_begin(struct serving *serving, struct store *store, struct follow **out)
{
	struct heap heap = heap_libc();
	struct store_watch *watch = NULL;
	struct fault fault = store_watch_new(store, &watch);

	*out = NULL;
	if (fault.kind == FAULT_ABSENT)
		return fault_none();
	TRY(fault);
	struct follow *follow = heap_zero(&heap, sizeof *follow);
	if (follow == NULL) {
		store_watch_free(watch);
		return fault_of(FAULT_LIMIT, 0);
	}
	follow->heap = heap;
	follow->serving = serving;
	follow->watch = watch;
	lock_init(&follow->lock, LOCK_FOLLOW);
	follow->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (follow->wake_fd < 0 || !thread_begin(&follow->thread, run, follow)) {
		follow_free(follow);
		return fault_of(FAULT_LIMIT, 0);
	}
	*out = follow;
	return fault_none();
}

void follow_end(struct follow *follow)
{
	uint64_t one = 1;

	if (follow == NULL)
		return;
	atomic_store(&follow->must_end, true);
	CHECK(write(follow->wake_fd, &one, sizeof one) == (ssize_t)sizeof one);
	CHECK(pthread_join(follow->thread, NULL) == 0);
	follow_free(follow);
}
