/* base/check.c — the end of a process whose own logic is broken. */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void check_failed(const char *condition, const char *file, int line)
{
	(void)fprintf(stderr, "plenum: internal error: (%s) does not hold at %s:%d\n", condition,
		      file, line);
	abort();
}
