/* server/lock.c — mutexes with their order checked. */
#include "server/lock.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#include "base/check.h"

/* The ranks that this thread holds, a bit each. */
static _Thread_local uint32_t held;

void lock_init(struct lock *lock, enum lock_rank rank)
{
	CHECK(pthread_mutex_init(&lock->mutex, NULL) == 0);
	CHECK(pthread_mutex_init(&lock->door, NULL) == 0);
	atomic_init(&lock->is_awaited, false);
	atomic_init(&lock->is_taken, false);
	lock->rank = rank;
}

void lock_fini(struct lock *lock)
{
	CHECK(pthread_mutex_destroy(&lock->door) == 0);
	CHECK(pthread_mutex_destroy(&lock->mutex) == 0);
}

/* A moment in which the processor does nothing else. */
static inline void breathe(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
	__asm__ volatile("yield");
#endif
}

/* Who has it gives it back soon, mostly: sooner than a sleep and a waking take. */
static bool spin_for(struct lock *lock)
{
	for (uint32_t i = 0; i < LOCK_SPINS; i++) {
		breathe();
		if (!atomic_load_explicit(&lock->is_taken, memory_order_relaxed) &&
		    pthread_mutex_trylock(&lock->mutex) == 0)
			return true;
	}
	return false;
}

/* Somebody else has it.  The wall clock, since the thread sanitizer does not know of
 * pthread_mutex_clocklock: when it is set, a wait is longer or shorter once. */
static void wait_for(struct lock *lock)
{
	struct timespec until;

	if (spin_for(lock))
		return;
	CHECK(clock_gettime(CLOCK_REALTIME, &until) == 0);
	int64_t ns = until.tv_nsec + LOCK_PATIENCE_MS * NS_PER_MS;
	until.tv_sec += (time_t)(ns / NS_PER_S);
	until.tv_nsec = (long)(ns % NS_PER_S);
	int code = pthread_mutex_timedlock(&lock->mutex, &until);
	if (code == 0)
		return;
	CHECK(code == ETIMEDOUT);
	CHECK(pthread_mutex_lock(&lock->door) == 0);
	atomic_store(&lock->is_awaited, true);
	CHECK(pthread_mutex_lock(&lock->mutex) == 0);
	atomic_store(&lock->is_awaited, false);
	CHECK(pthread_mutex_unlock(&lock->door) == 0);
}

void lock_take(struct lock *lock)
{
	CHECK(held >> lock->rank == 0);
	if (atomic_load_explicit(&lock->is_awaited, memory_order_relaxed)) {
		CHECK(pthread_mutex_lock(&lock->door) == 0);
		CHECK(pthread_mutex_unlock(&lock->door) == 0);
	}
	if (pthread_mutex_trylock(&lock->mutex) != 0)
		wait_for(lock);
	atomic_store_explicit(&lock->is_taken, true, memory_order_relaxed);
	held |= UINT32_C(1) << lock->rank;
}

bool lock_try(struct lock *lock)
{
	CHECK(held >> lock->rank == 0);
	if (atomic_load_explicit(&lock->is_awaited, memory_order_relaxed) ||
	    pthread_mutex_trylock(&lock->mutex) != 0)
		return false;
	atomic_store_explicit(&lock->is_taken, true, memory_order_relaxed);
	held |= UINT32_C(1) << lock->rank;
	return true;
}

void lock_give(struct lock *lock)
{
	CHECK((held >> lock->rank & 1) != 0);
	held &= ~(UINT32_C(1) << lock->rank);
	atomic_store_explicit(&lock->is_taken, false, memory_order_relaxed);
	CHECK(pthread_mutex_unlock(&lock->mutex) == 0);
}

void lock_wait(struct lock *lock, pthread_cond_t *condition)
{
	CHECK((held >> lock->rank & 1) != 0);
	held &= ~(UINT32_C(1) << lock->rank);
	CHECK(pthread_cond_wait(condition, &lock->mutex) == 0);
	held |= UINT32_C(1) << lock->rank;
}

void lock_condition_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	CHECK(pthread_condattr_init(&attributes) == 0);
	CHECK(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
	CHECK(pthread_cond_init(condition, &attributes) == 0);
	CHECK(pthread_condattr_destroy(&attributes) == 0);
}

bool lock_wait_until(struct lock *lock, pthread_cond_t *condition, struct instant until)
{
	struct timespec end = { .tv_sec = (time_t)(until.ns / NS_PER_S),
				.tv_nsec = until.ns % NS_PER_S };

	CHECK((held >> lock->rank & 1) != 0);
	held &= ~(UINT32_C(1) << lock->rank);
	int error = pthread_cond_timedwait(condition, &lock->mutex, &end);
	CHECK(error == 0 || error == ETIMEDOUT);
	held |= UINT32_C(1) << lock->rank;
	return error == 0;
}
