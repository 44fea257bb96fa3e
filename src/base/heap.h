/* base/heap.h — where memory comes from: a function that can be counted, bounded and made to fail.
 *
 * Every allocation above base/ goes through a struct heap.  heap_libc gives one on malloc(3) with
 * exact counts; tests give one that fails at call n.
 * Owns    what it hands out belongs to the caller, who gives the size back on release
 * Faults  NULL when the bound or the system's memory is reached; never for a size of 0
 * Thread  one owner; two threads have two heaps */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct heap {
	/* Like realloc(3) with the old size given; new_size 0 frees and returns NULL. */
	void *(*resize)(struct heap *heap, void *old, size_t old_size, size_t new_size);
	uint64_t used_octets;
	uint64_t peak_octets;
	uint64_t limit_octets; /* 0 = none */
};

struct heap heap_libc(void);

/* Uninitialised / zeroed memory of `size` > 0 octets; NULL when there is none. */
void *heap_take(struct heap *heap, size_t size) __attribute__((malloc, warn_unused_result));
void *heap_zero(struct heap *heap, size_t size) __attribute__((malloc, warn_unused_result));

/* `count` x `size` zeroed; NULL also when the product overflows. */
void *heap_array(struct heap *heap, size_t count, size_t size) __attribute__((warn_unused_result));

/* Grows or shrinks; on NULL the old memory stays as it was. */
void *heap_resize(struct heap *heap, void *old, size_t old_size, size_t new_size)
	__attribute__((warn_unused_result));

/* NULL is allowed. */
void heap_free(struct heap *heap, void *old, size_t old_size);

/* Makes room for at least `need` items in *items, doubling; false when memory is out, all
 * unchanged. */
_Bool heap_grow(struct heap *heap, void **items, uint32_t *room, uint32_t need, size_t item_size)
	__attribute__((warn_unused_result));

#endif
