/* base/mem.h — the only place where memory is copied by length.
 * Thread  any */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* Ranges may not overlap; a count of 0 is allowed with any pointers. */
void mem_copy(void *to, const void *from, size_t count);

/* Ranges may overlap. */
void mem_move(void *to, const void *from, size_t count);

#endif
