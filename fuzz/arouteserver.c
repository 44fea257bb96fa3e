/* fuzz/arouteserver.c — ARouteServer's general.yml: refused with its places, or a rule book that is
 * printed and reads back.
 * Reaches rulebook_of_arouteserver rulebook_print rulebook_read yaml_tree_read yaml_named */
#include "target.h"

#include "rulebook/arouteserver.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct complaints complaints;
	static struct rulebook book;
	static struct rulebook back;
	struct heap heap = heap_libc();
	struct text_buffer text;

	if (size > 32768)
		return 0;
	complaints = (struct complaints){ 0 };
	if (!rulebook_of_arouteserver("file", octets_of(data, (uint32_t)size), &book,
				      &complaints)) {
		MUST(complaints.error_count != 0);
		return 0;
	}
	text_buffer_init(&text, &heap, 0);
	MUST(rulebook_print(&book, text_buffer_sink(&text)));
	complaints = (struct complaints){ 0 };
	MUST(rulebook_read("back", octets_of(text.text, text.len_octets), false, &back,
			   &complaints));
	text_buffer_clear(&text);
	MUST(rulebook_difference_print(&book, &back, text_buffer_sink(&text)) == 0);
	text_buffer_fini(&text);
	MUST(heap.used_octets == 0);
	return 0;
}
