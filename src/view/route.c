/* view/route.c — the end of an explanation. */
#include "view/route.h"

void view_explain_fini(struct view_explain *explain)
{
	struct heap heap = explain->heap;

	if (heap.resize == NULL)
		return;
	heap_free(&heap, explain->candidate, explain->candidate_count * sizeof *explain->candidate);
	heap_free(&heap, explain->receiver, explain->receiver_count * sizeof *explain->receiver);
	heap_free(&heap, explain->octets, explain->octets_room);
	*explain = (struct view_explain){ 0 };
}
