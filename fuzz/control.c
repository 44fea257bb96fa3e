/* fuzz/control.c — a request on the control socket: refused, or words that end where they say.
 * Reaches control_request_read */
#include "target.h"

#include <string.h>

#include "server/control_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *words[CONTROL_WORDS_MAX];
	struct control_request request = { 0 };
	size_t sum = 10; /* the fields in front of the words */

	if (size > 65536 ||
	    failed(control_request_read(octets_of(data, (uint32_t)size), words, &request)))
		return 0;
	MUST(request.word_count <= CONTROL_WORDS_MAX);
	for (uint32_t i = 0; i < request.word_count; i++)
		sum += 4 + strlen(request.words[i]) + 1;
	MUST(sum + request.attached.len_octets == size);
	return 0;
}
