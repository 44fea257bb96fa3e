/* unit/server/lock.c — who waits for a lock gets it, however soon its holder comes again. */
#include "server/lock.h"

#include <stdatomic.h>
#include <time.h>

#include "kit/tap.h"

#define TURNS 20u
#define HELD_NS 300000
#define WAIT_S_MAX 3

struct greedy {
	struct lock lock;
	_Atomic bool is_holding;
	_Atomic bool must_end;
};

static int64_t now_ns(void)
{
	struct timespec at;

	expect_true(clock_gettime(CLOCK_MONOTONIC, &at) == 0);
	return (int64_t)at.tv_sec * 1000000000 + at.tv_nsec;
}

/* As a worker that reads one member's UPDATEs: the shard is free for a moment between two. */
static void *hold_again_and_again(void *context)
{
	struct greedy *greedy = context;

	while (!atomic_load(&greedy->must_end)) {
		lock_take(&greedy->lock);
		atomic_store(&greedy->is_holding, true);
		int64_t until = now_ns() + HELD_NS;
		while (now_ns() < until)
			continue;
		lock_give(&greedy->lock);
	}
	return NULL;
}

static void case_fair(void)
{
	struct greedy greedy = { .is_holding = false };
	pthread_t thread;

	lock_init(&greedy.lock, LOCK_SHARD);
	expect_true(pthread_create(&thread, NULL, hold_again_and_again, &greedy) == 0);
	while (!atomic_load(&greedy.is_holding))
		continue;
	int64_t begin = now_ns();
	for (uint32_t i = 0; i < TURNS && now_ns() - begin < INT64_C(1000000000) * WAIT_S_MAX;
	     i++) {
		int64_t asked = now_ns();
		lock_take(&greedy.lock);
		lock_give(&greedy.lock);
		/* Its patience, the holder's turn, and what the machine does meanwhile. */
		expect_true(now_ns() - asked < INT64_C(400000000));
	}
	atomic_store(&greedy.must_end, true);
	expect_true(pthread_join(thread, NULL) == 0);
	lock_fini(&greedy.lock);
}

static void case_wait_for(void)
{
	struct lock lock;
	pthread_cond_t condition;

	lock_init(&lock, LOCK_SHARD);
	lock_condition_init(&condition);
	lock_take(&lock);
	expect_true(!lock_wait_for(&lock, &condition, 1));
	lock_give(&lock);
	expect_true(pthread_cond_destroy(&condition) == 0);
	lock_fini(&lock);
}

static const struct tap_case cases[] = {
	{ "a lock whose holder takes it again at once", case_fair, 0 },
	{ "a wait that is over", case_wait_for, 0 },
};
TAP_MAIN(cases)
