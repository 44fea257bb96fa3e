/* sys/sanitizer.h — whether this build carries a sanitizer, whose runtime needs more of the system
 * than the program does.
 * Thread  any */
#ifndef SYS_SANITIZER_H
#define SYS_SANITIZER_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define SANITIZER_IS_ON 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZER_IS_ON 1
#endif
#ifndef SANITIZER_IS_ON
#define SANITIZER_IS_ON 0
#endif

#endif
