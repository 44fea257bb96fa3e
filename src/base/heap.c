/* base/heap.c — counted memory. */
#include "base/heap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define GROW_ITEMS_MIN 8u

static bool is_over_limit(const struct heap *heap, uint64_t used_octets)
{
	return heap->limit_octets != 0 && used_octets > heap->limit_octets;
}

static void count(struct heap *heap, uint64_t used_octets)
{
	heap->used_octets = used_octets;
	if (used_octets > heap->peak_octets)
		heap->peak_octets = used_octets;
}

static void *libc_resize(struct heap *heap, void *old, size_t old_size, size_t new_size)
{
	CHECK(heap->used_octets >= old_size);
	uint64_t used_octets = heap->used_octets - old_size + new_size;

	if (new_size == 0) {
		free(old);
		heap->used_octets = used_octets;
		return NULL;
	}
	if (new_size > old_size && is_over_limit(heap, used_octets))
		return NULL;
	void *fresh = realloc(old, new_size);
	if (fresh == NULL)
		return NULL;
	count(heap, used_octets);
	return fresh;
}

/* What the system hands out is zero already: pages of a large array that nobody touches take no
 * memory. */
static void *libc_zero(struct heap *heap, size_t size)
{
	uint64_t used_octets = heap->used_octets + size;
	void *fresh = is_over_limit(heap, used_octets) ? NULL : calloc(1, size);

	if (fresh != NULL)
		count(heap, used_octets);
	return fresh;
}

struct heap heap_libc(void)
{
	return (struct heap){ .resize = libc_resize };
}

void *heap_take(struct heap *heap, size_t size)
{
	CHECK(size != 0);
	return heap->resize(heap, NULL, 0, size);
}

void *heap_zero(struct heap *heap, size_t size)
{
	CHECK(size != 0);
	if (heap->resize == libc_resize)
		return libc_zero(heap, size);
	void *fresh = heap_take(heap, size);
	if (fresh != NULL)
		memset(fresh, 0, size);
	return fresh;
}

void *heap_array(struct heap *heap, size_t count, size_t size)
{
	size_t total = 0;

	if (__builtin_mul_overflow(count, size, &total) || total == 0)
		return NULL;
	return heap_zero(heap, total);
}

void *heap_resize(struct heap *heap, void *old, size_t old_size, size_t new_size)
{
	CHECK(new_size != 0);
	return heap->resize(heap, old, old_size, new_size);
}

void heap_free(struct heap *heap, void *old, size_t old_size)
{
	if (old != NULL)
		(void)heap->resize(heap, old, old_size, 0);
}

bool heap_grow(struct heap *heap, void **items, uint32_t *room, uint32_t need, size_t item_size)
{
	if (need <= *room)
		return true;
	uint64_t wanted = *room < GROW_ITEMS_MIN ? GROW_ITEMS_MIN : (uint64_t)*room * 2;
	if (wanted < need)
		wanted = need;
	if (wanted > UINT32_MAX)
		return false;
	size_t size = 0;
	if (__builtin_mul_overflow((size_t)wanted, item_size, &size))
		return false;
	void *fresh = heap_resize(heap, *items, *room * item_size, size);
	if (fresh == NULL)
		return false;
	*items = fresh;
	*room = (uint32_t)wanted;
	return true;
}
