/* base/rd.c — the reader's copying half. */
#include "base/rd.h"

#include <string.h>

void rd_copy(struct rd *rd, void *out, uint32_t count)
{
	struct octets octets = rd_take(rd, count);

	if (octets.len_octets == count && count != 0)
		memcpy(out, octets.at, count);
	else if (count != 0)
		memset(out, 0, count);
}
