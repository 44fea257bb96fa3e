/* server/lock.c — mutexes with their order checked. */
#include "server/lock.h"

#include <errno.h>
#include <stdint.h>
#include <time.h>

#include "base/check.h"

/* The ranks that this thread holds, a bit each. */
static _Thread_local uint32_t held;

void lock_init(struct lock *lock, enum lock_rank rank)
{
	CHECK(pthread_mutex_init(&lock->mutex, NULL) == 0);
	lock->rank = rank;
}

void lock_fini(struct lock *lock)
{
	CHECK(pthread_mutex_destroy(&lock->mutex) == 0);
}

void lock_take(struct lock *lock)
{
	CHECK(held >> lock->rank == 0);
	CHECK(pthread_mutex_lock(&lock->mutex) == 0);
	held |= UINT32_C(1) << lock->rank;
}

void lock_give(struct lock *lock)
{
	CHECK((held >> lock->rank & 1) != 0);
	held &= ~(UINT32_C(1) << lock->rank);
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
