/* base/check.h — programmer errors.
 *
 * CHECK stays on in release builds.  Nothing that a peer, a file or a person can send may reach
 * one.
 * Thread  any */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#define CHECK(condition) \
	do { \
		if (__builtin_expect(!(condition), 0)) \
			check_failed(#condition, __FILE__, __LINE__); \
	} while (0)

/* Tells where and ends the process with abort(3). */
_Noreturn void check_failed(const char *condition, const char *file, int line);

#endif
