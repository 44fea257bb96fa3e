/* server/thread.h — threads that no signal comes to: signals are the first thread's alone.
 *
 * What a handler does, it does between two steps of the one thread that looks at what it did; so it
 * never writes to a descriptor that this thread has given back.
 * Owns    the thread is the caller's to join or detach
 * Faults  false: the system has no thread for us
 * Thread  any */
#ifndef SERVER_THREAD_H
#define SERVER_THREAD_H

#include <pthread.h>
#include <stdbool.h>

bool thread_begin(pthread_t *thread, void *(*run)(void *context), void *context);

#endif
