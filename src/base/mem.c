/* base/mem.c — copying by length. */
#include "base/mem.h"

#include <string.h>

void mem_copy(void *to, const void *from, size_t count)
{
	if (count != 0)
		memcpy(to, from, count);
}

void mem_move(void *to, const void *from, size_t count)
{
	if (count != 0)
		memmove(to, from, count);
}
