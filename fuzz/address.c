/* fuzz/address.c — addresses and prefixes as people type them: what is taken prints as text that
 * reads back as the same.
 * Reaches address_parse address_print prefix_parse prefix_print prefix_mask */
#include "target.h"

#include "base/mem.h"
#include "net/prefix.h"

#define INPUT_MAX 64u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[INPUT_MAX + 1] = "";
	char printed[PREFIX_TEXT_MAX];
	struct address address;
	struct address address_back;
	struct prefix prefix;
	struct prefix prefix_back;
	bool had_host_bits = false;

	if (size > INPUT_MAX)
		return 0;
	mem_copy(text, data, size);
	if (address_parse(text, &address)) {
		address_print(&address, printed);
		MUST(address_parse(printed, &address_back));
		MUST(address_compare(&address, &address_back) == 0);
	}
	if (prefix_parse(text, &prefix, NULL)) {
		prefix_print(&prefix, printed);
		MUST(prefix_parse(printed, &prefix_back, &had_host_bits));
		MUST(!had_host_bits && prefix_equal(&prefix, &prefix_back));
	}
	return 0;
}
